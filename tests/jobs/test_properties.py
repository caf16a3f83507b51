"""The properties of a job's custom resource, as `cdk diff` shows them."""

from __future__ import annotations

import aws_cdk as cdk

from cdk_personalize_batch import ItemExploration, RankingInfluence
from tests.support.synth.synth import VERSION, Synth

JOB = "Custom::PersonalizeBatchInferenceJob"
FILTER = "arn:aws:personalize:eu-west-1:123456789012:filter/new"


def test_each_argument_of_the_api_is_a_property(synth: Synth) -> None:
    synth.job(num_results=50, filter_arn=FILTER, job_name="nightly", run_key=None)
    found = synth.only(JOB)
    assert found["SolutionVersionArn"] == VERSION
    assert found["NumResults"] == "50"
    assert found["FilterArn"] == FILTER
    assert found["JobName"] == "nightly"
    assert "Request" not in found
    # What the function adds leaves nothing empty in the template.
    assert not {"JobInput", "JobOutput"} & found.keys()


def test_numbers_stay_what_they_are(synth: Synth) -> None:
    influence = RankingInfluence(popularity=1, freshness=1.0)
    synth.job(ranking_influence=influence)
    weights = {"POPULARITY": "1", "FRESHNESS": "1.0"}
    assert synth.only(JOB)["BatchInferenceJobConfig"] == {"rankingInfluence": weights}
    api = synth.request()["batchInferenceJobConfig"]["rankingInfluence"]
    assert [(type(one), one) for one in api.values()] == [(int, 1), (float, 1.0)]


def test_text_that_only_the_deployment_knows_is_a_value_of_its_own(synth: Synth) -> None:
    team = cdk.CfnParameter(synth.stack, "Team").value_as_string
    weight = cdk.CfnParameter(synth.stack, "Weight", type="Number").value_as_number
    explored = ItemExploration(weight=weight)
    synth.job(tags={"team": team, "Ref": "films"}, item_exploration=explored)
    found = synth.only(JOB)
    assert {"key": "team", "value": {"Ref": "Team"}} in found["JobTags"]
    assert {"key": "Ref", "value": "films"} in found["JobTags"]
    config = found["BatchInferenceJobConfig"]["itemExplorationConfig"]
    assert config == {"explorationWeight": {"Ref": "Weight"}}
