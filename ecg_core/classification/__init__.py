"""What the beats are."""
