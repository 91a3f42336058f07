from odoo import api, models

# Bytes of a file that is taken in; what is larger is left where it is, and the mailbox says so.
MAX_BYTES = 100_000_000
PARTIAL = (".part", ".tmp", ".filepart", ".crdownload")
# A claimed file carries the sender's name behind its key; together they must fit into a file system's 255.
NAME_BYTES = 200


class OmEdiTransport(models.AbstractModel):
    """How the files of a mailbox come and go: what each ``om.edi.transport.<transport>`` can do.

    A transport that the partner comes to (HTTPS, AS2, mail, upload) has no :meth:`_collect` of its own:
    its files arrive by a controller or a mail gateway, which stores them with ``om.edi.mailbox._receive``
    and answers after that is committed.
    """

    _name = "om.edi.transport"
    _description = "EDI Transport"

    @api.model
    def _collect(self, mailbox):
        """Yield ``(delivery key, file name, bytes, archive)`` of each complete file.

        ``archive()`` is called after the bytes are committed here. What was not archived comes again,
        under the same key. Several processes may collect at the same time.

        :raise OSError: the place can't be reached, or some of its files can't be taken
        """
        return ()

    @api.model
    def _deliver(self, mailbox, file_name, data):
        """Hand over one file so that the partner sees all of it or nothing.

        Delivering the same file twice has the effect of once.

        :return: the partner's receipt as text, where there is one
        :raise OSError: it was not handed over, and must be tried again
        """
        raise NotImplementedError  # each transport has its own

    @api.model
    def _test(self, mailbox):
        """Try whether ``mailbox`` can fetch and send, without doing either; return what was found, as text.

        :raise OSError: it can't
        """
        return self.env._("Nothing to test: the partner comes to us.")

    @api.model
    def _max_bytes(self):
        """The largest file that is taken in: system parameter ``om_edi_x12.max_bytes``."""
        # sudo: system parameters are readable by administrators only
        return int(self.env["ir.config_parameter"].sudo().get_param("om_edi_x12.max_bytes") or MAX_BYTES)

    @api.model
    def _too_large(self, name, size):
        """The error that says that a file is larger than we take, or ``None``."""
        limit = self._max_bytes()
        if size <= limit:
            return None
        return OSError(
            self.env._(
                "%(file)s has %(size)s bytes, more than the %(limit)s that are taken in.",
                file=repr(name),
                size=size,
                limit=limit,
            )
        )
