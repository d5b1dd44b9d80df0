# Each step is an ordinary command, so that it also runs as it stands in a bare Debian tree (docs/operating.md).
FROM debian:trixie-slim

RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates python3 python3-venv \
 && rm -rf /var/lib/apt/lists/*

WORKDIR /opt/recapbot

COPY requirements.lock ./
RUN python3 -m venv /opt/venv \
 && /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check --only-binary=:all: --require-hashes -r requirements.lock

COPY bot ./bot
COPY config ./config
COPY seeds ./seeds
COPY LICENSE README.md ./
RUN /opt/venv/bin/python3 -m compileall -q bot \
 && useradd --system --uid 865 --no-create-home --home-dir /var/lib/recapbot --shell /usr/sbin/nologin recapbot \
 && install -d -o recapbot -g recapbot -m 0750 /var/lib/recapbot

# Everything that changes is below this one folder; the rest of the file system may be read-only. So the database is
# there for `run` (the first of its two names) and for `load`, `say` and the like, whatever the configuration says.
VOLUME /var/lib/recapbot
ENV RECAPBOT_BOT__DATABASE=/var/lib/recapbot/recapbot.db RECAPBOT_DB=/var/lib/recapbot/recapbot.db
ENV PATH=/opt/venv/bin:$PATH PYTHONPATH=/opt/recapbot PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
USER recapbot
WORKDIR /var/lib/recapbot

HEALTHCHECK --interval=30s --timeout=10s --start-period=30s CMD ["python3", "-m", "bot", "health", "--config", "/etc/recapbot/bot.toml"]
ENTRYPOINT ["python3", "-m", "bot"]
CMD ["run", "--config", "/etc/recapbot/bot.toml"]
