"""Starts an IPython kernel as `ipykernel_launcher` does, but one that listens on no TCP port."""

from .forkserver import listen_on_no_port, no_debugger


def main() -> None:
    """Start the kernel that the command line describes."""
    from ipykernel.kernelapp import IPKernelApp

    listen_on_no_port()
    app = IPKernelApp.instance()
    with no_debugger():
        app.initialize()
    app.start()


if __name__ == "__main__":
    main()
