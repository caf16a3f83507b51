"""What MiniStack does otherwise than AWS: a folder a service, a file a mend."""
