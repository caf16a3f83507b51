"""What the CDK is asked, once: each question crosses a pipe to Node.js."""
