import pytest

for name in ("brokers", "concurrency", "databases", "deaths", "invariant", "stage"):
    pytest.register_assert_rewrite(f"{__package__}.{name}")
