"""Live streams: protocol, a recording that grows, and its analysis while it grows. A demonstration, not a monitor."""
