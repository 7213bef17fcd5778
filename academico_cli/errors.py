"""Every error a user can meet, and the exit code it ends with.

The docstring of a class is its message: the fields in braces are filled from
the keyword arguments it is raised with. One line says what is wrong and what to do.
"""

from typing import ClassVar


class AcademicoError(Exception):
    """Something went wrong inside academico: {detail}. The fault is ours, please report it."""

    exit_code: ClassVar[int] = 5

    def __init__(self, **fields: object) -> None:
        message = " ".join((type(self).__doc__ or "").split())
        super().__init__(message.format(**fields))
        self.fields = fields


class CheckFailed(AcademicoError):
    """{detail}"""

    exit_code = 1


class WrongUsage(AcademicoError):
    """{detail}"""

    exit_code = 2


class UnknownMapping(WrongUsage):
    """There is no mapping {name}. Known: {known}. Or give the path of a folder of SQL files."""


class UnknownRule(WrongUsage):
    """No rule matches {selection}. Near it: {near}."""


class ProgramMissing(WrongUsage):
    """{program} of PostgreSQL {version} or later is needed, and {detail}. Install the client
    programs of that version and put them on the PATH."""


class ServiceUnavailable(AcademicoError):
    """{service} cannot be reached at {address}: {detail}."""

    exit_code = 3


class DatabaseUnavailable(ServiceUnavailable):
    """PostgreSQL cannot be reached at {address}: {detail}. Start it with `academico up`, or set
    DATABASE_URL."""


class DatabaseLoginRefused(ServiceUnavailable):
    """PostgreSQL at {address} refused the login: {detail}. Check user and password in
    DATABASE_URL."""


class DatabaseMissing(ServiceUnavailable):
    """PostgreSQL at {address} has no such database: {detail}. Create it, or correct
    DATABASE_URL."""


class DatabaseNotConfigured(ServiceUnavailable):
    """No database is configured. Run `academico up`, or set DATABASE_URL."""


class MigrationMissing(ServiceUnavailable):
    """The database at {address} is not at the version this academico needs (it has {current},
    needs {wanted}). Run `academico migrate`."""


class ObjectMissing(ServiceUnavailable):
    """The database at {address} lacks what this academico needs: {detail}. Run `academico migrate`,
    or check DATABASE_URL."""


class DatabaseTooNew(ServiceUnavailable):
    """The database at {address} is at version {current}, newer than this academico knows (it knows
    {wanted}). Upgrade academico: `pip install --upgrade academico`."""


class DatabaseBusy(ServiceUnavailable):
    """PostgreSQL at {address} did not give a lock in time: {detail}. Wait for the other command to
    end and try again."""


class DatabaseForbidden(ServiceUnavailable):
    """PostgreSQL at {address} does not allow this user to do that: {detail}. Grant it, or set
    DATABASE_URL to another user."""


class DatabaseReadOnly(ServiceUnavailable):
    """PostgreSQL at {address} only allows reading: {detail}. It may be a standby, or set so by
    default_transaction_read_only: set DATABASE_URL to one that can be written."""


class DatabaseFault(ServiceUnavailable):
    """PostgreSQL at {address} stopped the work: {detail}. Nothing of the unfinished transaction
    was kept; mend the cause and run the command again."""


class DatabaseNotEmpty(ServiceUnavailable):
    """The database at {address} holds academico's tables already. Restore into an empty one, or
    add --replace: what it holds now is deleted then."""


class ForeignDatabase(ServiceUnavailable):
    """The database at {address} is not an academico database: {detail}. Check DATABASE_URL."""


class BrokerUnavailable(ServiceUnavailable):
    """RabbitMQ cannot be reached at {address}: {detail}. Start it with `academico up`, or set
    RABBIT_URL."""


class BrokerLoginRefused(ServiceUnavailable):
    """RabbitMQ at {address} refused the login: {detail}. Check user, password and virtual host
    in RABBIT_URL."""


class QueueUnusable(ServiceUnavailable):
    """The queue {queue} at {address} cannot be used: {detail}."""


class LocalServerFailed(ServiceUnavailable):
    """{server} did not start or stop: {detail}. Its log is {log}."""


class DiskFull(ServiceUnavailable):
    """The disk of {path} is full. Make room, or set ACADEMICO_HOME to a folder on another disk."""


class HomeUnusable(WrongUsage):
    """{path} cannot be used: {detail}. Mend it, or set ACADEMICO_HOME to another folder."""


class BadInput(AcademicoError):
    """{detail}"""

    exit_code = 4


class UnknownRechazo(BadInput):
    """There is no reject {ids}. `academico dlq list` shows those that there are."""


class RuleInvalid(BadInput):
    """{path}, line {line}, {key}: {detail}."""


class RuleBroken(BadInput):
    """The rule {rule} does not work: {detail}."""


class NothingStored(BadInput):
    """Nothing is stored about {person}."""


class UnreadableFile(BadInput):
    """{path} cannot be read: {detail}."""


class UnwritableFile(BadInput):
    """{path} cannot be written: {detail}."""


class UnknownModel(WrongUsage):
    """There is no model {number}. Known: {known}."""


class NoModel(WrongUsage):
    """No model is in use. `academico ml train` makes one, `academico ml promote ID` puts it into
    use."""


class NotLearnable(BadInput):
    """Nothing can be learnt: {detail}."""


class ModelRefused(BadInput):
    """The file of model {number}, {path}, is not loaded: {detail}."""


class BackupDamaged(BadInput):
    """{path} cannot be restored: {detail}. Nothing was touched; take another backup's file."""


class BackupTooNew(BadInput):
    """{path} cannot be restored here: it is {found}, newer than {known}. Nothing was touched;
    upgrade what is older."""


class MappingFailed(BadInput):
    """The mapping {mapping} does not work on {folder}: {detail}."""


class WorkersFailed(AcademicoError):
    """Workers of `consume` died {deaths} times in a row; see the log above, and run
    `academico doctor`."""
