"""What Alembic runs: its environment, the migrations in order, and what they share."""
