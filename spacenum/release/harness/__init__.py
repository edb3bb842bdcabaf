"""A release in other people's harnesses, and what they kept of the replies: docs/release.md."""
