"""What other people picked: asked for, understood, and kept with its day."""
