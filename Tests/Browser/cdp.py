"""Drives headless Chromium over the DevTools protocol: just what these tests need, on `websocket-client` alone."""

import base64
import json
import os
import shutil
import subprocess
import tempfile
import time

import websocket

CHROMIUM = next((p for p in map(shutil.which, ("chromium", "chromium-browser", "google-chrome")) if p), None)


class JavaScriptError(AssertionError):
    """The page's expression threw, or its promise was rejected."""


class Browser:
    """One Chromium process; every page gets a context (cookies, localStorage) of its own."""

    def __init__(self):
        if not CHROMIUM:
            raise SystemExit("no Chromium found: install the package chromium")
        self.profile = tempfile.mkdtemp(prefix="sio-browser-")
        self.process = subprocess.Popen(
            [CHROMIUM, "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
             "--disable-dev-shm-usage", "--remote-debugging-port=0", f"--user-data-dir={self.profile}", "about:blank"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        port_file = os.path.join(self.profile, "DevToolsActivePort")
        deadline = time.monotonic() + 20
        lines = []
        while len(lines) < 2:
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise SystemExit("Chromium did not start")
            time.sleep(0.05)
            if os.path.exists(port_file):
                with open(port_file) as file:
                    lines = file.read().split()
        self.socket = websocket.create_connection(f"ws://127.0.0.1:{lines[0]}{lines[1]}", suppress_origin=True, timeout=60)
        self.next_id = 0
        self.pages = {}

    def call(self, method, params=None, session=None, timeout=30):
        """Sends a command and waits for its answer; events that arrive meanwhile go to their pages."""
        self.next_id += 1
        message = {"id": self.next_id, "method": method, "params": params or {}}
        if session:
            message["sessionId"] = session
        self.socket.send(json.dumps(message))
        self.socket.settimeout(timeout)
        while True:
            answer = json.loads(self.socket.recv())
            if answer.get("id") == message["id"]:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']['message']}")
                return answer["result"]
            page = self.pages.get(answer.get("sessionId"))
            if page and "method" in answer:
                page.heard(answer["method"], answer["params"])

    def page(self, url="about:blank", width=1280, height=800, mobile=False, dark=False):
        """A new page in a new context, loaded."""
        context = self.call("Target.createBrowserContext")["browserContextId"]
        target = self.call("Target.createTarget", {"url": "about:blank", "browserContextId": context})["targetId"]
        session = self.call("Target.attachToTarget", {"targetId": target, "flatten": True})["sessionId"]
        page = self.pages[session] = Page(self, session, context)
        for domain in ("Page", "Runtime", "Network", "Log"):
            page.call(f"{domain}.enable")
        page.view(width, height, mobile, dark)
        if url != "about:blank":
            page.go(url)
        return page

    def close(self):
        try:
            self.call("Browser.close", timeout=5)
        except Exception:
            self.process.kill()
        self.process.wait(10)
        shutil.rmtree(self.profile, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Page:
    def __init__(self, browser, session, context):
        self.browser = browser
        self.session = session
        self.context = context
        self.problems = []  # uncaught exceptions, in words

    def call(self, method, params=None, timeout=30):
        return self.browser.call(method, params, self.session, timeout)

    def heard(self, method, params):
        if method == "Runtime.exceptionThrown":
            details = params["exceptionDetails"]
            self.problems.append(details.get("exception", {}).get("description") or details["text"])

    def go(self, url, timeout=15):
        self.call("Page.navigate", {"url": url})
        self.wait(f"location.href.startsWith({json.dumps(url)}) && document.readyState === 'complete'", timeout)

    def reload(self):
        self.evaluate("window.__old = true")
        self.call("Page.reload")
        self.wait("!window.__old && document.readyState === 'complete'", 15)

    def evaluate(self, expression, timeout=30):
        """The expression's value; a promise is awaited."""
        answer = self.call("Runtime.evaluate", {
            "expression": expression, "awaitPromise": True, "returnByValue": True, "userGesture": True}, timeout)
        if "exceptionDetails" in answer:
            details = answer["exceptionDetails"]
            raise JavaScriptError(details.get("exception", {}).get("description") or details["text"])
        return answer["result"].get("value")

    def wait(self, expression, timeout=5, what=None):
        """Waits until the expression holds; its value."""
        deadline = time.monotonic() + timeout
        while True:
            try:
                value = self.evaluate(expression)
            except (JavaScriptError, RuntimeError) as error:  # a page that is just loading
                value, last = None, error
            else:
                last = None
            if value:
                return value
            if time.monotonic() > deadline:
                raise AssertionError(f"waited {timeout} s in vain for: {what or expression}" + (f" ({last})" if last else ""))
            time.sleep(0.03)

    # ---- what a person does

    def click(self, selector):
        box = self.wait(f"""(() => {{
            const element = document.querySelector({json.dumps(selector)});
            if (!element) return null;
            element.scrollIntoView({{block: "nearest"}});
            const r = element.getBoundingClientRect();
            return r.width ? [r.x + r.width / 2, r.y + r.height / 2] : null;
        }})()""", what=f"{selector} to be visible")
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", {"type": kind, "x": box[0], "y": box[1], "button": "left", "clickCount": 1})

    def type(self, text):
        self.call("Input.insertText", {"text": text})

    def press(self, key):
        codes = {"Enter": (13, "\r"), "Escape": (27, ""), "Tab": (9, ""), "ArrowDown": (40, "")}
        code, text = codes[key]
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", {
                "type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code,
                **({"text": text} if text and kind == "keyDown" else {})})

    def fill(self, selector, text):
        self.wait(f"!!document.querySelector({json.dumps(selector)})")
        self.evaluate(f"(() => {{ const e = document.querySelector({json.dumps(selector)}); e.focus(); e.select && e.select(); }})()")
        self.type(text)

    def choose_file(self, selector, path):
        node = self.call("Runtime.evaluate", {"expression": f"document.querySelector({json.dumps(selector)})"})
        self.call("DOM.setFileInputFiles", {"files": [os.path.abspath(path)], "objectId": node["result"]["objectId"]})

    # ---- the surroundings

    def view(self, width, height, mobile=False, dark=False):
        self.call("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": height, "deviceScaleFactor": 2 if mobile else 1, "mobile": mobile})
        self.call("Emulation.setTouchEmulationEnabled", {"enabled": mobile})
        self.call("Emulation.setEmulatedMedia", {
            "features": [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]})

    def offline(self, is_offline):
        self.call("Network.emulateNetworkConditions", {
            "offline": is_offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1})

    def screenshot(self, path):
        os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
        data = self.call("Page.captureScreenshot", {"format": "png"})["data"]
        with open(path, "wb") as file:
            file.write(base64.b64decode(data))

    def close(self):
        self.browser.call("Target.disposeBrowserContext", {"browserContextId": self.context})
        self.browser.pages.pop(self.session, None)
