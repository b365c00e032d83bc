"""HTTP errors of the desk's routes."""

from __future__ import annotations


class RequestError(Exception):
    """A request is refused; the message is shown to the user.

    Parameters
    ----------
    problem : str
        One sentence for people.
    status : int
        The HTTP status.
    """

    def __init__(self, problem: str, status: int = 400) -> None:
        super().__init__(problem)
        self.problem = problem
        self.status = status
