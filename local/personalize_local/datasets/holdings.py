"""The data and the models of all dataset groups, those from the start and one's own."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING

from personalize_local.arns import Scope
from personalize_local.catalog import solutions
from personalize_local.catalog.facts import Facts
from personalize_local.catalog.models import Model
from personalize_local.catalog.recipes import Recipe
from personalize_local.datasets.schemas import Schema, parse
from personalize_local.datasets.training import Selection, train
from personalize_local.datasets.warehouse import GroupFacts, Warehouse
from personalize_local.jobs.store import Job
from personalize_local.resources.kinds import DATASET, SCHEMA
from personalize_local.resources.store import ResourceStore

if TYPE_CHECKING:
    from personalize_local.catalog.recommender import Recommender


class Holdings:
    """Finds what jobs, filters and trainings ask.

    Attributes:
        warehouse: The rows that were imported.
    """

    def __init__(self, resources: ResourceStore) -> None:
        """Makes one in which nothing was imported or trained.

        Args:
            resources: Which groups, data sets and schemas there are.
        """
        self.warehouse = Warehouse()
        self._resources = resources
        self._trained: dict[str, Recommender] = {}
        self._lock = threading.Lock()

    def data_sets(self, scope: Scope, group: str) -> dict[str, tuple[str, Schema]]:
        """Returns the ARN and the schema of each data set of a group, by type.

        Args:
            scope: The account and Region.
            group: The ARN of the group.
        """
        found = {}
        for one in self._resources.of(scope, DATASET, group):
            schema = self._resources.get(scope, one.text("schemaArn"))
            if schema is not None and schema.kind is SCHEMA:
                found[one.text("datasetType")] = (one.arn, parse(schema.text("schema")))
        return found

    def facts(self, scope: Scope, group: str) -> Facts:
        """Returns what the data sets of a group say now.

        Args:
            scope: The account and Region.
            group: The ARN of the group.
        """
        if group == solutions.group_arn(scope):
            from personalize_local.catalog.builtin import BuiltinFacts

            return BuiltinFacts()
        return GroupFacts(self.warehouse, self.data_sets(scope, group))

    def train(self, scope: Scope, group: str, recipe: Recipe, selection: Selection) -> Recommender:
        """Trains a recommender with the data sets of a group.

        Args:
            scope: The account and Region.
            group: The ARN of the group.
            recipe: The recipe.
            selection: Which interactions count.

        Raises:
            JobFailed: There is too little data, or none.
        """
        if group == solutions.group_arn(scope):
            return _builtin_recommender()
        return train(self.warehouse, self.data_sets(scope, group), recipe, selection)

    def keep(self, version: str, recommender: Recommender) -> None:
        """Keeps what was trained.

        Args:
            version: The ARN of the solution version.
            recommender: What was trained.
        """
        with self._lock:
            self._trained[version] = recommender

    def recommender(self, scope: Scope, version: str, group: str) -> Recommender:
        """Returns what was trained; KeyError where nothing was.

        Args:
            scope: The account and Region.
            version: The ARN of the solution version.
            group: The ARN of its dataset group.
        """
        if group == solutions.group_arn(scope):
            return _builtin_recommender()
        with self._lock:
            return self._trained[version]

    def model_of(self, job: Job) -> Model:
        """Returns what a job asks."""
        group = job.version.dataset_group
        recommender = self.recommender(job.scope, job.version.arn, group)
        return Model(recommender, self.facts(job.scope, group))

    def forget(self, versions: Iterable[str]) -> None:
        """Drops what was trained.

        Args:
            versions: The ARNs of the solution versions.
        """
        with self._lock:
            for arn in versions:
                self._trained.pop(arn, None)

    def close(self) -> None:
        """Drops everything."""
        self.warehouse.close()
        with self._lock:
            self._trained.clear()


def _builtin_recommender() -> Recommender:
    # Here, so that only jobs and trainings wait for numpy and scipy.
    from personalize_local.catalog import builtin

    return builtin.recommender()
