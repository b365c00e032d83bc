# Rhythmoscope as a container: the dashboard on port 8501, results and edits below /data.
# docker build -t rhythmoscope . ; docker compose up starts it with PostgreSQL (compose.yaml).
FROM python:3.12-slim-bookworm

ENV PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PIP_NO_CACHE_DIR=1 \
    RHYTHMOSCOPE_HOME=/data/home \
    RHYTHMOSCOPE_CACHE=/data/cache \
    RHYTHMOSCOPE_ROOTS=/recordings

WORKDIR /app
COPY requirements.lock ./
RUN pip install --require-hashes --no-deps -r requirements.lock

COPY . .
RUN useradd --create-home --uid 10001 rhythmoscope \
    && mkdir -p /data/home /data/cache /recordings \
    && chown -R rhythmoscope:rhythmoscope /data
USER 10001

VOLUME ["/data"]
EXPOSE 8501
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8501/healthz', timeout=4)"]
# Inside a container the address is the container's own; what reaches it is for compose.yaml or the proxy to say.
CMD ["python", "-m", "streamlit", "run", "app.py", "--server.address", "0.0.0.0", "--server.port", "8501"]
