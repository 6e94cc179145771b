# Built in one stage, run in another: no compiler, no pip cache and no root in what runs.
FROM python:3.11-slim-bookworm AS build
WORKDIR /build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/triage
COPY requirements.lock ./
RUN /opt/triage/bin/pip install --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY triage ./triage
RUN /opt/triage/bin/pip install --no-deps . \
 && /opt/triage/bin/python -m compileall -q /opt/triage/lib

FROM python:3.11-slim-bookworm
LABEL org.opencontainers.image.title="triage" \
      org.opencontainers.image.description="A daily arXiv triage that learns from your own paper notes" \
      org.opencontainers.image.licenses="MIT"
RUN groupadd --gid 1000 triage \
 && useradd --uid 1000 --gid triage --create-home --shell /usr/sbin/nologin triage \
 && mkdir -p /triage/config /triage/store /triage/digests /triage/notes \
 && chown -R triage:triage /triage \
 # A new volume has the mode of its folder here, and "--user" may name another than 1000.
 && chmod 1777 /triage/store /triage/digests
COPY --from=build /opt/triage /opt/triage
ENV PATH=/opt/triage/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    TRIAGE_STORE__FOLDER=/triage/store \
    TRIAGE_DIGEST__FOLDER=/triage/digests
USER 1000:1000
WORKDIR /triage/config
# config.yaml, notes (mount them read-only), what triage knows, and what it writes.
VOLUME ["/triage/config", "/triage/notes", "/triage/store", "/triage/digests"]
# Python answers SIGINT from its start; process 1 would not even die of a SIGTERM that nothing handles.
STOPSIGNAL SIGINT
ENTRYPOINT ["triage"]
CMD ["run"]
