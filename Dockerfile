# imagecheck in a container: `docker build --tag imagecheck .`, `docker run --rm imagecheck --help`.
# Both stages start from python 3.13 on Debian, by digest; Dependabot proposes the next one.
FROM python:3.13-slim@sha256:7c61056e61ac89e852de05f3dc6fa51a6dd2181797bceed46aa725dd7cb2cd3b AS build
WORKDIR /source
COPY pyproject.toml README.md LICENSE ./
COPY checker ./checker
COPY rules ./rules
COPY reports ./reports
RUN python -m venv --without-pip /opt/imagecheck \
    && python -m pip --python /opt/imagecheck install --no-cache-dir --disable-pip-version-check .

FROM python:3.13-slim@sha256:7c61056e61ac89e852de05f3dc6fa51a6dd2181797bceed46aa725dd7cb2cd3b
LABEL org.opencontainers.image.title="imagecheck" \
      org.opencontainers.image.description="A compliance checker and linter for Azure Marketplace VM images" \
      org.opencontainers.image.source="https://github.com/imagecheck/imagecheck" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN useradd --uid 10001 --create-home --shell /usr/sbin/nologin imagecheck \
    && install --directory --owner=imagecheck --group=imagecheck /data
COPY --from=build /opt/imagecheck /opt/imagecheck
ENV PATH=/opt/imagecheck/bin:$PATH PYTHONUNBUFFERED=1
USER 10001
WORKDIR /data
ENTRYPOINT ["imagecheck"]
CMD ["--help"]
