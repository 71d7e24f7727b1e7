# syntax=docker/dockerfile:1

# 1. The JavaScript that browsers get.
FROM node:22-bookworm-slim AS javascript
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm install --no-save --ignore-scripts
COPY tsconfig.json ./
COPY scripts/build.mjs scripts/
COPY recorder_js recorder_js
COPY player_js player_js
COPY static static
RUN node scripts/build.mjs

# 2. The Python packages, in a virtual environment that moves as a whole.
FROM python:3.11-slim-bookworm AS packages
RUN python -m venv /venv
COPY requirements.txt .
RUN /venv/bin/pip install --no-cache-dir --require-virtualenv -r requirements.txt

# 3. What runs: no compiler, no Node, no root.
FROM python:3.11-slim-bookworm
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 STATIC_ROOT=/app/static-collected DATA_DIR=/data
RUN useradd --uid 10001 --create-home playhead && install -d -o playhead /data
WORKDIR /app
COPY --from=packages /venv /venv
COPY manage.py CHANGELOG.md ./
COPY replay replay
COPY templates templates
COPY --from=javascript /app/static static
RUN SECRET_KEY=only-for-collecting-static-files-at-build python manage.py collectstatic --noinput
USER playhead
EXPOSE 8000
HEALTHCHECK --interval=5s --timeout=3s --start-period=20s --retries=3 \
  CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(f\"http://127.0.0.1:{os.environ.get('PORT', '8000')}/healthz\", timeout=2)"]
CMD ["python", "manage.py", "serve", "--host", "0.0.0.0"]
