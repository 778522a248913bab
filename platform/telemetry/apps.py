from django.apps import AppConfig


class TelemetryConfig(AppConfig):
    name = "telemetry"

    def ready(self) -> None:
        from telemetry import jobs, slow_queries  # the ledger's tables are known only now

        slow_queries.watch_connections()
        jobs.connect()
