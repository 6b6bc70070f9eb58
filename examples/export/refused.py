"""The one error of the exporter."""


class Refused(Exception):
    """What was given cannot be converted: names the file, the value, what was expected and what to do."""
