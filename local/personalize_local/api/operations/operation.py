"""An operation of the API, and what all operations work on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

import msgspec

from personalize_local.api import tags
from personalize_local.api.operations import requests
from personalize_local.api.pages import Pager
from personalize_local.arns import SERVICE_PRINCIPAL, Scope
from personalize_local.cloud import Caller, Cloud
from personalize_local.datasets.holdings import Holdings
from personalize_local.errors import (
    AccessDenied,
    access_denied,
    in_use,
    invalid_input,
    not_found,
)
from personalize_local.faults import Fault
from personalize_local.jobs.request import Shape, Tag
from personalize_local.resources.kinds import Kind
from personalize_local.resources.life import Life
from personalize_local.resources.resource import ACTIVE, DELETING, UNDER_WAY, Resource
from personalize_local.resources.store import ResourceStore

Response = dict[str, object]
_Request = TypeVar("_Request", bound=Shape)

# What List operations are allowed on, which take no resource: policies name `*` for them.
NO_RESOURCE: Final = "*"


@dataclass(frozen=True, slots=True)
class Operation(Generic[_Request]):
    """An operation of the API.

    Attributes:
        takes: The type of its request.
        answer: Answers a request.
    """

    takes: type[_Request]
    answer: Callable[[_Request, Caller], Response]

    def run(self, parameters: Mapping[str, object], caller: Caller) -> Response:
        """Runs it.

        Args:
            parameters: The request as JSON values that fit the service model.
            caller: Who signed it.

        Raises:
            ApiError: The answer is an error.
        """
        return self.answer(requests.read(parameters, self.takes), caller)


@dataclass(frozen=True, slots=True)
class Desk:
    """What all operations work on.

    Attributes:
        cloud: The AWS around the service.
        resources: The resources that hold data and models.
        holdings: The data and the models themselves.
        life: Brings resources from state to state.
        fault_of: Takes the fault that decides how something ends that an operation began.
        clock: Tells the time in epoch seconds.
        tags: The tags of everything.
        pager: Cuts lists into pages.
    """

    cloud: Cloud
    resources: ResourceStore
    holdings: Holdings
    life: Life
    fault_of: Callable[[str, Mapping[str, object]], Fault | None]
    clock: Callable[[], float]
    tags: tags.TagStore = field(default_factory=tags.TagStore)
    pager: Pager = field(default_factory=Pager)

    def authorize(
        self, caller: Caller, action: str, resource: str, context: Mapping[str, str] | None = None
    ) -> None:
        """Checks that the caller may do something.

        Args:
            caller: Who signed the request.
            action: The action without its prefix, such as `CreateFilter`, or `iam:PassRole`.
            resource: The ARN; `*` for an action that takes none.
            context: More condition keys.

        Raises:
            ApiError: AccessDeniedException.
        """
        name = action if ":" in action else f"personalize:{action}"
        try:
            self.cloud.authorize(caller, name, resource, context or {})
        except AccessDenied as refusal:
            raise access_denied(refusal, caller.account, name, resource) from refusal

    def authorize_create(
        self, caller: Caller, action: str, arns: tuple[str, ...], given: tuple[Tag, ...] = ()
    ) -> dict[str, str]:
        """Checks that the caller may make something, with its tags.

        Args:
            caller: Who signed the request.
            action: The action, such as `CreateFilter`.
            arns: What it makes, first, and what else the action needs to be allowed on.
            given: The tags.

        Returns:
            The tags by key.

        Raises:
            ApiError: AccessDeniedException, or what speaks against the tags.
        """
        values = tags.as_dict(given)
        context = {f"aws:RequestTag/{key}": value for key, value in values.items()}
        for arn in arns:
            self.authorize(caller, action, arn, context)
        if values:
            self.authorize(caller, "TagResource", arns[0], context)
        return values

    def pass_role(self, caller: Caller, role_arn: str) -> None:
        """Checks that the caller may pass a role to Amazon Personalize.

        Raises:
            ApiError: AccessDeniedException.
        """
        self.authorize(caller, "iam:PassRole", role_arn, {"iam:PassedToService": SERVICE_PRINCIPAL})

    def check_role(self, role_arn: str, scope: Scope, arn: str) -> None:
        """Checks that a role can be assumed for something.

        Raises:
            ApiError: InvalidInputException.
        """
        # Whether AWS assumes the role already here, or only when the job starts, is not verified.
        # Here it does: a role that cannot be assumed is found at once.
        try:
            self.cloud.assume_role(role_arn, source_account=scope.account, source_arn=arn)
        except AccessDenied as refusal:
            reason = f" ({refusal.reason})" if refusal.reason else ""
            raise invalid_input(
                f"The role {role_arn} cannot be assumed by {SERVICE_PRINCIPAL}{reason}. Its trust "
                f"policy must allow sts:AssumeRole for aws:SourceAccount {scope.account} and "
                f"aws:SourceArn {arn}."
            ) from refusal

    def add(
        self,
        caller: Caller,
        kind: Kind,
        arn: str,
        request: Shape,
        *,
        check: Callable[[], None] = lambda: None,
        **more: object,
    ) -> Resource:
        """Adds a new resource.

        Args:
            caller: Who signed the request.
            kind: What it is.
            arn: Its ARN.
            request: The request; what Describe shows of it is kept.
            check: Raises what speaks against it, such as a quota that is used up.
            more: What else is to be shown.

        Returns:
            The resource, as CREATE PENDING.

        Raises:
            ApiError: ResourceAlreadyExistsException, or what the check raises.
        """
        values = {**msgspec.to_builtins(request), **more}
        values.pop("tags", None)
        now = self.clock()
        made = Resource(kind, caller.scope, arn, values, created=now, updated=now)
        self.resources.add(made, check)
        return made

    def begin(
        self, made: Resource, operation: str, work: Callable[[], Mapping[str, object]]
    ) -> None:
        """Begins what reads or trains.

        Args:
            made: The resource, which the store has as CREATE PENDING.
            operation: The operation that made it, for faults.
            work: What is done for it; see `Life.begin`.
        """
        self.life.begin(made, work, self.fault_of(operation, made.values))

    def active(self, caller: Caller, kind: Kind, arn: str) -> Resource:
        """Returns a resource that can be used now.

        Raises:
            ApiError: ResourceNotFoundException, or ResourceInUseException.
        """
        found = self.found(caller, kind, arn)
        if found.status != ACTIVE:
            raise in_use(f"{arn} is {found.status}; wait until it is ACTIVE.")
        return found

    def own(self, caller: Caller, kind: Kind, arn: str) -> Resource:
        """Returns a resource that can be changed or deleted.

        Raises:
            ApiError: ResourceNotFoundException, or ResourceInUseException.
        """
        found = self.found(caller, kind, arn)
        if found.is_builtin:
            raise in_use(f"{arn} is there from the start, and stays; make one of your own.")
        if found.status in UNDER_WAY or found.status == DELETING:
            raise in_use(f"{arn} is {found.status}; wait until that has ended.")
        return found

    def found(self, caller: Caller, kind: Kind, arn: str) -> Resource:
        """Returns a resource of the caller's account and Region.

        Raises:
            ApiError: ResourceNotFoundException.
        """
        found = self.resources.get(caller.scope, arn)
        if found is None or found.kind is not kind:
            raise not_found(arn)
        return found

    def page(
        self, key: str, rows: list[Response], request: requests.Listing, caller: Caller
    ) -> Response:
        """Returns one page of a list.

        Args:
            key: The key of the list in the answer.
            rows: The whole list.
            request: The request.
            caller: Who signed it.

        Raises:
            ApiError: InvalidNextTokenException.
        """
        return self.pager.page(
            key,
            rows,
            of=" ".join((key, caller.account, caller.region, str(request.parent))),
            token=request.next_token,
            size=request.max_results,
        )
