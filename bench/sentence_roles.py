#!/usr/bin/env python3
"""Train the sentence roles that summaries are made by, from a snapshot of CSAbstruct.

    sentence_roles.py SNAPSHOT            train, measure on the test part, write triage/digest/roles.npz
    sentence_roles.py SNAPSHOT --check    measure the shipped weights only

SNAPSHOT is the folder with train.jsonl, dev.jsonl and test.jsonl (data/CSAbstruct in
allenai/sequential_sentence_classification, Apache-2.0; Cohan et al. 2019, arXiv:1909.04054).
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from triage.digest.roles import ROLES, role_probabilities, sentence_features

WEIGHTS = Path(__file__).resolve().parents[1] / "triage" / "digest" / "roles.npz"

Abstract = tuple[list[str], list[str]]


def read(folder: Path, *parts: str) -> list[Abstract]:
    """Return the sentences and their labels of each abstract of some parts."""
    lines = (line for part in parts for line in (folder / f"{part}.jsonl").read_text("utf-8").splitlines())
    return [(row["sentences"], row["labels"]) for row in map(json.loads, lines)]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("snapshot", type=Path)
    parser.add_argument("--check", action="store_true", help="measure the shipped weights only")
    args = parser.parse_args()
    if not args.check:
        abstracts = read(args.snapshot, "train", "dev")
        features = sparse.vstack([sentence_features(sentences) for sentences, _ in abstracts])
        labels = [ROLES.index(label) for _, found in abstracts for label in found]
        model = LogisticRegression(C=1.0, max_iter=500).fit(features, labels)
        np.savez_compressed(
            WEIGHTS, coef=model.coef_.astype(np.float16), intercept=model.intercept_.astype(np.float32)
        )
        print(f"trained on {len(labels):,} sentences; {WEIGHTS.stat().st_size:,} bytes")
    right = [
        role == ROLES[best]
        for sentences, found in read(args.snapshot, "test")
        for role, best in zip(found, role_probabilities(sentences).argmax(axis=1), strict=True)
    ]
    print(f"right roles on the test part: {np.mean(right):.3f} of {len(right):,} sentences")


if __name__ == "__main__":
    main()
