"""Migrations in order; Alembic reads them as files."""
