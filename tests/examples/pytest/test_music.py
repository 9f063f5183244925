import pytest
from boto3.dynamodb.conditions import Attr, Key


def test_a_song_is_kept(music):
    music.put_item(Item={"artist": "Acme Band", "song": "Happy Day", "year": 2015})
    assert music.query(KeyConditionExpression=Key("artist").eq("Acme Band"))["Items"] == [{"artist": "Acme Band", "song": "Happy Day", "year": 2015}]


def test_every_test_starts_empty(music):
    assert music.scan()["Items"] == []


def test_a_song_is_not_overwritten(music, dynamodb):
    music.put_item(Item={"artist": "a", "song": "s"})
    with pytest.raises(dynamodb.meta.client.exceptions.ConditionalCheckFailedException):
        music.put_item(Item={"artist": "a", "song": "s"}, ConditionExpression=Attr("song").not_exists())
