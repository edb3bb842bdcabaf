"""What a reply earns: one module each."""
