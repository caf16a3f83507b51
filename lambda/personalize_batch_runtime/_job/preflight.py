"""Checks a request before its job is created: a wrong input fails in seconds and with its place.

What recipes and quotas allow is taken from the developer guide of Amazon Personalize ("Preparing
input data for batch recommendations", "Preparing input data for user segments" and "Quotas"). A
recipe that is not in the table passes, so that a new one can be used at once.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from botocore.exceptions import ClientError

from personalize_batch_runtime import _retry
from personalize_batch_runtime._errors import RuntimeFailure, error_code
from personalize_batch_runtime._hidden import is_hidden
from personalize_batch_runtime._job.input_lines import InputFile, RecordForm, check_lines
from personalize_batch_runtime._job.kinds import INFERENCE, SEGMENT, JobKind
from personalize_batch_runtime._job.personalize import LONGEST_CALL_SECONDS, Personalize
from personalize_batch_runtime._job.request import JobRequest
from personalize_batch_runtime._retry import Deadline, PropagationRetry

LARGEST_INPUT_BYTES = 1_000_000_000
MOST_INPUT_FILES = 1000
FILES_READ = 3
BYTES_READ = 64 * 1024
THEME_MODE = "THEME_GENERATION"
THEME_RECORDS = 100

logger = logging.getLogger(__name__)


class Recipe(NamedTuple):
    """What a recipe can be used for in batch.

    Attributes:
        kind: The kind of job; None for none.
        form: What a line of the input has.
        themes: Whether its recommendations can have themes.
    """

    kind: JobKind | None
    form: RecordForm
    themes: bool = False


_USER = Recipe(INFERENCE, RecordForm(texts=("userId",)))
_RANKING = Recipe(INFERENCE, RecordForm(texts=("userId",), lists=("itemList",)))
_SIMILAR = Recipe(INFERENCE, RecordForm(texts=("itemId",)))
_NO_BATCH = Recipe(None, RecordForm())
RECIPES = {
    "aws-user-personalization-v2": _USER,
    "aws-user-personalization": _USER,
    "aws-hrnn": _USER,
    "aws-hrnn-metadata": _USER,
    "aws-hrnn-coldstart": _USER,
    "aws-popularity-count": _USER,
    "aws-personalized-ranking-v2": _RANKING,
    "aws-personalized-ranking": _RANKING,
    "aws-similar-items": Recipe(INFERENCE, _SIMILAR.form, themes=True),
    "aws-sims": _SIMILAR,
    "aws-semantic-similarity": _SIMILAR,
    "aws-item-affinity": Recipe(SEGMENT, RecordForm(texts=("itemId",), most=500)),
    "aws-item-attribute-affinity": Recipe(SEGMENT, RecordForm(texts=("itemAttributes",), most=10)),
    "aws-trending-now": _NO_BATCH,
    "aws-next-best-action": _NO_BATCH,
}


def check(
    request: JobRequest,
    *,
    personalize: Personalize,
    s3: Callable[[], Any],
    deadline: Deadline,
) -> None:
    """Checks the solution version and the input of a job that is about to be created.

    Raises:
        RuntimeFailure: With what is wrong, where, and what to do.
    """
    form = _record_form(request, personalize.solution_version(request.api["solutionVersionArn"]))
    files = _Files(s3(), deadline)
    if request.input_copy:
        copy = request.input_copy
        found = [InputFile(copy.source_bucket, copy.source_key, None)]
    else:
        found = _within_quotas(files, str(request.api["jobInput"]["s3DataSource"]["path"]))
    for file in _spread(found):
        logger.info("checking the first lines of %s", file.uri)
        check_lines(file, *files.start_of(file), form=form)


def _record_form(request: JobRequest, version: Mapping[str, Any]) -> RecordForm:
    arn, status = version["solutionVersionArn"], version["status"]
    if status != "ACTIVE":
        raise RuntimeFailure(
            f"the solution version {arn} is {status} and not ACTIVE. Wait until it is, or take "
            "another version, and deploy again."
        )
    # A version that was trained with AutoML has its recipe in its solution only.
    name = str(version.get("recipeArn", "")).rpartition("/")[2]
    recipe = RECIPES.get(name)
    themes = request.api.get("batchInferenceJobMode") == THEME_MODE
    if recipe is None:
        logger.info("the recipe %r is not one that can be checked", name)
        return RecordForm(most=THEME_RECORDS if themes else None)
    if recipe.kind is None:
        raise RuntimeFailure(
            f"the solution version {arn} was trained with {name}, which Amazon Personalize does "
            "not run in batch. Use a solution with another recipe."
        )
    if recipe.kind is not request.kind:
        raise RuntimeFailure(
            f"the solution version {arn} was trained with {name}, which is for a "
            f"{recipe.kind.name}, and this is a {request.kind.name}. Use the other construct, or "
            "a solution with another recipe."
        )
    if not themes:
        return recipe.form
    if not recipe.themes:
        raise RuntimeFailure(
            f"themes need a solution version that was trained with aws-similar-items; {arn} was "
            f"trained with {name}. Leave theme_generation out, or use another solution."
        )
    return RecordForm(recipe.form.texts, recipe.form.lists, THEME_RECORDS)


def _within_quotas(files: _Files, uri: str) -> list[InputFile]:
    found = files.below(uri)
    if not found:
        raise RuntimeFailure(
            f"there is no input at {uri}. Put the JSON Lines files there, or correct the path, "
            "and deploy again."
        )
    prefix = uri.partition("://")[2].partition("/")[2]
    hidden = next((file for file in found if is_hidden(file.key, prefix)), None)
    if hidden:
        raise RuntimeFailure(
            f"{hidden.uri} is no input, by the underscore or dot before its name or that of a "
            f"folder, and the job would read it, as all that lies at {uri}. Remove it, put the "
            "input into a folder of its own, or use a batch workflow, which leaves such files out."
        )
    if len(found) > MOST_INPUT_FILES:
        raise RuntimeFailure(
            f"there are more than {MOST_INPUT_FILES} files at {uri}, which is the most that one "
            "job reads. Put them together to fewer files, or use a batch workflow, which takes "
            "input of any size."
        )
    size = sum(file.size or 0 for file in found)
    if size > LARGEST_INPUT_BYTES:
        raise RuntimeFailure(
            f"the input at {uri} has {size} bytes, and one job reads {LARGEST_INPUT_BYTES} at "
            "most. Make it smaller, or use a batch workflow, which takes input of any size."
        )
    return found


def _spread(files: list[InputFile]) -> list[InputFile]:
    """Takes the first, the middle and the last file."""
    if len(files) <= FILES_READ:
        return files
    last = len(files) - 1
    return [files[last * step // (FILES_READ - 1)] for step in range(FILES_READ)]


class _Files:
    """The objects in S3, as far as a check needs them."""

    def __init__(self, client: Any, deadline: Deadline) -> None:  # noqa: ANN401 - boto3 is untyped
        self._client = client
        self._deadline = deadline

    def below(self, uri: str) -> list[InputFile]:
        """Lists what a job reads for a path, up to one file more than it may have."""
        bucket, _, prefix = uri.partition("://")[2].partition("/")
        found: list[InputFile] = []
        listed = 0
        page: dict[str, str] = {}
        while True:
            wanted = min(MOST_INPUT_FILES, MOST_INPUT_FILES + 1 - listed)
            answer = self._list(Bucket=bucket, Prefix=prefix, MaxKeys=wanted, **page)
            contents = answer.get("Contents", [])
            listed += len(contents)
            # A key that ends with a slash and has no content is how consoles show an empty folder.
            found += [
                InputFile(bucket, one["Key"], one["Size"])
                for one in contents
                if one["Size"] or not one["Key"].endswith("/")
            ]
            if not answer.get("IsTruncated") or listed > MOST_INPUT_FILES:
                return found
            page = {"ContinuationToken": answer["NextContinuationToken"]}

    def start_of(self, file: InputFile) -> tuple[bytes, bool]:
        """Reads the start of a file, and tells whether that is all of it."""
        if file.size == 0:
            return b"", True
        try:
            answer, body = self._call(lambda: self._read(file))
        except ClientError as error:
            if error_code(error) != "InvalidRange":
                raise
            return b"", True
        size = int(answer["ContentRange"].rpartition("/")[2])
        return body, size <= len(body)

    def _list(self, **request: str | int) -> Mapping[str, Any]:
        answer: Mapping[str, Any] = self._call(lambda: self._client.list_objects_v2(**request))
        return answer

    def _read(self, file: InputFile) -> tuple[Mapping[str, Any], bytes]:
        answer = self._client.get_object(
            Bucket=file.bucket, Key=file.key, Range=f"bytes=0-{BYTES_READ - 1}"
        )
        return answer, answer["Body"].read()

    def _call(self, operation: Callable[[], Any]) -> Any:  # noqa: ANN401
        return _retry.call(
            operation,
            deadline=self._deadline,
            longest_call=LONGEST_CALL_SECONDS,
            retry=PropagationRetry(),
        )
