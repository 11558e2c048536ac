import pickle
from decimal import Decimal

import bursar
import pytest


def test_an_amount_is_a_decimal_with_every_digit() -> None:
    assert bursar.parse_money("0.0379055 USD") == Decimal("0.0379055")
    assert bursar.parse_money("170141183460469231731687303.715884105727") == Decimal(
        "170141183460469231731687303.715884105727"
    )


def test_an_error_has_a_code_a_message_and_a_way_out() -> None:
    with pytest.raises(bursar.Error) as caught:
        bursar.parse_money("ten dollars")

    error = caught.value
    assert isinstance(error, ValueError)
    assert error.code == "currency_unsupported"
    assert str(error) == "`dollars` is no currency code"
    assert error.help == "use an ISO 4217 code, such as `USD`"


def test_an_error_survives_being_sent_to_another_process() -> None:
    with pytest.raises(bursar.Error) as caught:
        bursar.parse_money("ten")

    copy = pickle.loads(pickle.dumps(caught.value))  # noqa: S301, our own bytes
    assert (copy.code, copy.help, str(copy)) == (caught.value.code, caught.value.help, str(caught.value))
