"""data/schema/*.yaml and what is made of it."""

from __future__ import annotations

from dataclasses import fields

import pyarrow as pa
import pytest

from tests.conftest import a_claim, a_run, an_article
from transforms.article import PUBLISHED_BASES, REJECT_REASONS, Article
from transforms.claim import Claim
from transforms.schema import DERIVED, TABLES, arrow_schema, check, columns, dictionary, from_rows, names
from transforms.store import extracted


def vocabulary(table: str, column: str) -> list[str]:
    return list(next(c for c in columns(table) if c.name == column).values)


def claims_table() -> pa.Table:
    article = an_article()
    return extracted([(article, [a_claim(article)])], a_run()).claims


def test_claims_table_has_every_field_of_a_claim_and_nothing_unknown() -> None:
    added = {"article_id", "published", "outlet", "lexicon_version", "run_id"}
    assert set(names("claims")) == {f.name for f in fields(Claim)} | added


def test_articles_table_has_every_field_of_an_article_and_nothing_unknown() -> None:
    assert set(names("articles")) == {f.name for f in fields(Article)} | {
        "first_seen", "syndication_id", "claims", "rules_version", "superseded_by", "withdrawn", "run_id"
    }  # fmt: skip


def test_history_is_the_claims_columns_and_three_more() -> None:
    assert names("claims_history") == [*names("claims"), "recorded_at", "retracted_at", "reason"]
    assert names("articles_history") == [name for name in names("articles") if name != "text"] + ["recorded_at", "retracted_at", "reason"]


def test_vocabularies_are_those_of_the_code() -> None:
    assert vocabulary("articles", "published_basis") == list(PUBLISHED_BASES)
    assert vocabulary("rejects", "reason") == [*REJECT_REASONS, "extraction_failed"]


@pytest.mark.parametrize("table", (*TABLES, *DERIVED))
def test_every_column_is_explained_in_sentences(table: str) -> None:
    for column in columns(table):
        assert column.description.endswith(".") and len(column.description) > 15, column.name
        assert "—" not in column.description
        if column.nullable:
            assert "null" in column.description.lower(), f"{table}.{column.name} does not say what null means"
        assert all(column.values.values()), column.name


def test_dictionary_has_each_column_once() -> None:
    rows = [(row["table"], row["column"]) for row in dictionary()]
    assert len(set(rows)) == len(rows)
    own_history = {column for table, column in rows if table == "claims_history"}
    assert own_history == {"recorded_at", "retracted_at", "reason"}
    assert {column for table, column in rows if table == "claims"} == set(names("claims"))


def test_descriptions_travel_in_the_files() -> None:
    field = arrow_schema("claims").field("count_min")
    assert b"Null where they give no lower bound" in field.metadata[b"description"]


def test_check_refuses_a_word_outside_a_vocabulary() -> None:
    table = claims_table()
    at = table.schema.get_field_index("harm")
    with pytest.raises(ValueError, match=r"table claims, column harm: 'vexed' is not one of killed"):
        check("claims", table.set_column(at, "harm", pa.array(["vexed"])))


def test_check_refuses_null_where_none_may_stand() -> None:
    table = claims_table()
    at = table.schema.get_field_index("claim_id")
    with pytest.raises(ValueError, match="table claims, column claim_id: null"):
        check("claims", table.set_column(at, "claim_id", pa.array([None], pa.large_string())))


def test_check_refuses_missing_and_unknown_columns() -> None:
    table = claims_table()
    with pytest.raises(ValueError, match=r"table claims: .*: harm"):
        check("claims", table.drop_columns(["harm"]))
    with pytest.raises(ValueError, match=r"table claims: .*: extra"):
        check("claims", table.append_column("extra", pa.array([1])))


def test_check_casts_to_the_one_schema_whatever_the_order() -> None:
    table = claims_table()
    turned = table.select(table.column_names[::-1])
    at = turned.schema.get_field_index("count")
    assert check("claims", turned.set_column(at, "count", pa.array([2], pa.int32()))).equals(table)


def test_rows_of_a_wrong_type_name_the_column() -> None:
    row = claims_table().to_pylist()[0]
    with pytest.raises(ValueError, match="table claims, column count: "):
        from_rows("claims", [{**row, "count": "two"}])
