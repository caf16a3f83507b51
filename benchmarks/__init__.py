"""What the library costs, against its floor and against what one would write instead."""
