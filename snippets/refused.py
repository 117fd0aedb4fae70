"""Why something that was typed cannot be saved."""


class Refused(Exception):
    """A draft that cannot be saved: the message says what is wrong and what the limit is."""

    def __init__(
        self,
        message: str,
        field: str | None = None,
        number: int | None = None,
        *,
        status: int = 422,
        retry_after: int | None = None,  # seconds
        measured: tuple[int | str | None, int | str | None] = (None, None),  # the limit, and what was given
    ) -> None:
        """Name the field and the file (from 1) that the message is about, where it is about one."""
        super().__init__(message)
        self.message, self.field, self.number = message, field, number
        self.limit, self.value = measured
        self.status, self.headers = status, {"Retry-After": str(retry_after)} if retry_after else {}
