"""A headless Chromium that logs in to Odoo, goes where it is told, and takes pictures. For pictures.py."""

import base64
import json
import shutil
import subprocess
import tempfile
import time
import urllib.request

import websocket

WIDTH = 1366
PATIENCE = 60


class Browser:
    """One browser with one page. Use it as a context manager."""

    def __init__(self, url):
        self.url = url.rstrip("/")
        self.number = 0
        self.login_name = None

    def __enter__(self):
        name = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
        self.profile = tempfile.mkdtemp()
        self.process = subprocess.Popen(
            [
                name, "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                "--disable-background-networking", "--remote-debugging-port=0", "--remote-allow-origins=*",
                f"--user-data-dir={self.profile}", f"--window-size={WIDTH},900", "about:blank",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        port = self._until(self._port)
        (page,) = self._until(lambda: self._pages(port))
        self.socket = websocket.create_connection(page["webSocketDebuggerUrl"], timeout=PATIENCE)
        self.command("Page.enable")
        self.command("Emulation.setTimezoneOverride", timezoneId="America/New_York")
        self.resize(900)
        return self

    def __exit__(self, *_error):
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.profile, ignore_errors=True)

    def _port(self):
        try:
            with open(f"{self.profile}/DevToolsActivePort") as file:
                return int(file.readline())
        except (FileNotFoundError, ValueError):
            return None

    @staticmethod
    def _pages(port):
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/json", timeout=PATIENCE) as answer:
            return [page for page in json.load(answer) if page["type"] == "page"]

    @staticmethod
    def _until(found, patience=PATIENCE):
        end = time.monotonic() + patience
        while time.monotonic() < end:
            if result := found():
                return result
            time.sleep(0.1)
        raise TimeoutError

    def command(self, method, **params):
        """One command of the DevTools protocol, and its result."""
        self.number += 1
        self.socket.send(json.dumps({"id": self.number, "method": method, "params": params}))
        while True:
            answer = json.loads(self.socket.recv())
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]

    def js(self, expression):
        """The value of a JavaScript expression; promises are waited for."""
        answer = self.command(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True
        )
        if "exceptionDetails" in answer:
            raise RuntimeError(answer["exceptionDetails"].get("exception", {}).get("description", expression))
        return answer["result"].get("value")

    def resize(self, height):
        """Make the page as high as that."""
        self.command(
            "Emulation.setDeviceMetricsOverride",
            width=WIDTH,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )

    def wait(self, selector, text="", patience=PATIENCE):
        """Wait until an element is there that contains ``text``."""
        try:
            self._until(lambda: self._quietly(self._find(selector, text, "!!found")), patience)
        except TimeoutError:
            raise TimeoutError(f"no {selector} {text!r}") from None

    def _quietly(self, expression):
        try:
            return self.js(expression)
        except RuntimeError:  # the page is being changed
            return None

    @staticmethod
    def _find(selector, text, then):
        return (
            f"(() => {{ const found = [...document.querySelectorAll({json.dumps(selector)})]"
            f".find(one => one.textContent.includes({json.dumps(text)})); return {then}; }})()"
        )

    def click(self, selector, text=""):
        """Click on the first such element, and wait until the page is still."""
        self.wait(selector, text)
        self.js(self._find(selector, text, "found.click()"))
        self.settle()

    def settle(self):
        """Wait until nothing is loaded any more."""
        time.sleep(0.4)
        self.js("document.fonts.ready.then(() => true)")
        self._until(lambda: self._quietly("!document.querySelector('.o_loading_indicator, .o_blockUI')"))
        time.sleep(0.4)

    def go(self, path):
        """Go to a page of Odoo."""
        self.command("Page.navigate", url=self.url + path)
        time.sleep(0.5)
        self.wait(".o_view_controller .o_content, .o_nocontent_help, .o_action, [name=login]")
        self.settle()

    def login(self, name):
        """Log in as one of the demo's users, whose passwords are their names."""
        if self.login_name == name:
            return
        self.command("Network.clearBrowserCookies")
        self.go("/web/login")
        self.wait("[name=login]")
        value = json.dumps(name)
        self.js(
            f"document.querySelector('[name=login]').value = {value};"
            f"document.querySelector('[name=password]').value = {value};"
            "document.querySelector('.oe_login_form').submit()"
        )
        self.wait(".o_web_client")
        self.settle()
        self.login_name = name

    def call(self, model, method, *args, **kwargs):
        """The result of a method, called as the user who is logged in."""
        params = {"model": model, "method": method, "args": args, "kwargs": kwargs}
        request = {
            "method": "POST",
            "headers": {"Content-Type": "application/json"},
            "body": json.dumps({"jsonrpc": "2.0", "params": params}),
        }
        answer = self.js(f"fetch('/web/dataset/call_kw', {json.dumps(request)}).then(it => it.json())")
        if "error" in answer:
            raise RuntimeError(answer["error"]["data"]["message"])
        return answer["result"]

    def picture(self, path):
        """Save what is to be seen."""
        path.write_bytes(base64.b64decode(self.command("Page.captureScreenshot", format="png")["data"]))
