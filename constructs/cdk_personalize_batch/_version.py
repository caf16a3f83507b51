"""The version of the library, read by the build and by ``cdk_personalize_batch.__version__``."""

__version__ = "0.1.0"
