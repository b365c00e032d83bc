"""Teaching: cases with a history, objectives, exact truth and criteria measured on their own tracing."""
