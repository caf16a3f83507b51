"""Records of the output of jobs."""

from __future__ import annotations

LINES = {
    "scores": {
        "input": {"userId": "4638"},
        "output": {"recommendedItems": ["63", "1"], "scores": [0.5, 0.25]},
        "error": None,
    },
    "no scores": {
        "input": {"itemId": "105"},
        "output": {"recommendedItems": ["7"]},
        "error": None,
    },
    "filled up": {
        "input": {"userId": "9", "filterValues": {"G": '"x"'}},
        "output": {"recommendedItems": ["7", "8"], "scores": [0.5]},
        "error": None,
    },
    "ranking": {
        "input": {"userId": "891", "itemList": ["27", "886"]},
        "output": {"recommendedItems": ["886", "27"], "scores": [0.9, 0.1]},
        "error": None,
    },
    "theme": {
        "input": {"itemId": "40"},
        "output": {
            "recommendedItems": ["36"],
            "theme": "Movies with a strong female lead",
            "itemsThemeRelevanceScores": [0.19],
        },
        "error": None,
    },
    # As jobs print it; the next one as the guide has it.
    "segment": {
        "input": {"itemId": "105"},
        "output": {"usersList": ["106", "107"]},
        "error": None,
    },
    "attributes": {
        "itemAttributes": 'ITEMS.genres = "Comedy"',
        "output": {"recommendedUsers": ["25"]},
    },
}
NO_FIELDS = "User error: Required fields for the provided recipe are userId"
FAILED = [
    {"input": {"x": 1}, "output": {"recommendedItems": []}, "error": NO_FIELDS},
    {"input": {"userId": "7"}, "output": None, "error": "Internal\nerror"},
    {"input": {"userId": "8"}, "error": NO_FIELDS},
]
