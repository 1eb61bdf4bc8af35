#!/usr/bin/env python3
"""Uses the page of `swatch serve` in headless Chromium, at the width of a desk and of a phone.

    page.py SWATCH [FOLDER]    with FOLDER: leaves pictures of the page there

Ends with 77, which ctest shows as skipped, where Chromium, its driver or Selenium is missing.
"""

import base64
import json
import os
import struct
import subprocess
import sys
import tempfile
import time
import unittest
import zipfile
import zlib
from shutil import which

try:
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys
    from selenium.webdriver.support.ui import WebDriverWait
except ImportError:
    webdriver = None

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PHOTOS = [os.path.join(ROOT, "examples", name) for name in ("grace_hopper.jpg", "astronaut.png")]
SIZES = {"desk": (1280, 800), "phone": (390, 844)}
MAX_BYTES = 1 << 20  # of a photo
PATIENCE = 300  # seconds; the machine may be busy
# Answers the page's first request as a service without room does.
BUSY = """
const real = window.fetch; let first = true;
window.fetch = (...what) => {
  if (!first) return real(...what);
  first = false;
  return Promise.resolve(new Response('{"status": 429, "message": "too many requests wait"}',
                                      {status: 429, headers: {"Retry-After": "8"}}));
};"""

# Brings in a file as a mouse and as the keyboard do.
DROP_AND_PASTE = """
const holding = (name) => {
  const holder = new DataTransfer();
  holder.items.add(new File(["no picture"], name, {type: "image/jpeg"}));
  return holder;
};
document.dispatchEvent(new DragEvent("drop", {dataTransfer: holding("dropped.jpg")}));
document.dispatchEvent(new ClipboardEvent("paste", {clipboardData: holding("pasted.jpg")}));"""


def write_png(path, width, height):
    """A picture of one grey, in which there is nobody."""
    def chunk(kind, data):
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))
    rows = zlib.compress((b"\0" + b"\x80\x84\x88" * width) * height)
    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n"
                   + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
                   + chunk(b"IDAT", rows) + chunk(b"IEND", b""))


def start_service(swatch, log, *options):
    """The process, and the address that it tells in its log, a file."""
    with open(log, "wb") as file:
        process = subprocess.Popen([swatch, "serve", "--listen", "127.0.0.1:0",
                                    "--max-seconds", str(PATIENCE), *options], stderr=file)
    while process.poll() is None:
        with open(log, encoding="ascii") as file:
            for line in file:
                event = json.loads(line) if line.endswith("}\n") else {}
                if event.get("event") == "ready":
                    return process, event["message"].split(",")[0] + "/"
        time.sleep(0.05)
    with open(log, encoding="ascii") as file:
        raise SystemExit(f"page.py: swatch serve ended with {process.returncode}: {file.read()}")


def start_browser(downloads):
    options = webdriver.ChromeOptions()
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage",
                     "--hide-scrollbars", "--lang=en"):
        options.add_argument(argument)
    options.binary_location = which("chromium")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    browser = webdriver.Chrome(options=options, service=Service(which("chromedriver")))
    browser.execute_cdp_cmd("Browser.setDownloadBehavior",
                            {"behavior": "allow", "downloadPath": downloads})
    browser.execute_cdp_cmd("Browser.grantPermissions", {"permissions": ["clipboardReadWrite"]})
    return browser


class PageTest(unittest.TestCase):
    swatch = pictures = None

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.service, cls.address = start_service(
            cls.swatch, os.path.join(cls.folder.name, "log"), "--max-bytes", str(MAX_BYTES))
        cls.addClassCleanup(cls.service.wait)
        cls.addClassCleanup(cls.service.terminate)
        cls.browser = start_browser(cls.folder.name)
        cls.addClassCleanup(cls.browser.quit)

    def open(self, size, scheme="light", language="en", address=None):
        width, height = SIZES[size]
        self.size, phone = size, size == "phone"
        self.browser.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": phone})
        self.browser.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": phone})
        self.browser.execute_cdp_cmd(
            "Emulation.setEmulatedMedia",
            {"features": [{"name": "prefers-color-scheme", "value": scheme}]})
        self.browser.get(address or self.address)
        self.wait(lambda: self.all("#languages button"))
        self.one(f"#languages [lang={language}]").click()

    def all(self, selector):
        return self.browser.find_elements(By.CSS_SELECTOR, selector)

    def one(self, selector):
        return self.browser.find_element(By.CSS_SELECTOR, selector)

    def wait(self, until):
        return WebDriverWait(self.browser, PATIENCE, poll_frequency=0.1).until(lambda _: until())

    def said(self):
        """What a screen reader was last told."""
        return self.one("#live").get_attribute("textContent")

    def add(self, *paths):
        before = len(self.all("article"))
        self.one("#choose").send_keys("\n".join(paths))
        self.wait(lambda: len(self.all("article")) == before + len(paths))

    def end(self, state, count=1):
        self.wait(lambda: len(self.all('article[aria-busy="false"]')) == count)
        self.assertEqual(len(self.all(f"article[data-state={state}]")), count,
                         self.one("#photos").text)

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def take(self, link):
        """Downloads what a link has, and returns its path."""
        path = self.path(link.get_attribute("download"))
        if os.path.exists(path):
            os.remove(path)
        link.click()
        self.wait(lambda: os.path.exists(path) and os.path.getsize(path))
        return path

    def look(self, name):
        """No part of the page is wider than the window. Leaves a picture of it, if wished."""
        self.assertEqual(*self.browser.execute_script(
            "return [document.documentElement.scrollWidth, window.innerWidth]"))
        if self.pictures:
            height = self.browser.execute_script("return document.documentElement.scrollHeight")
            shot = self.browser.execute_cdp_cmd(
                "Page.captureScreenshot",
                {"captureBeyondViewport": True,
                 "clip": {"x": 0, "y": 0, "width": SIZES[self.size][0], "height": height,
                          "scale": 1}})
            with open(os.path.join(self.pictures, f"{self.size}-{name}.png"), "wb") as file:
                file.write(base64.b64decode(shot["data"]))

    def check_log(self, *expected):
        """The browser complains of nothing: no fault of a script, nothing against the policy."""
        complaints = [entry["message"] for entry in self.browser.get_log("browser")]
        self.assertEqual([c for c in complaints if not any(e in c for e in expected)], [])

    def check_colors(self, article):
        """What is shown is what the service answers, and each color can be copied."""
        chips = article.find_elements(By.CSS_SELECTOR, ".clothes .chip")
        path = self.take(article.find_element(By.CSS_SELECTOR, '[download$="-colors.json"]'))
        with open(path, encoding="ascii") as file:
            clothes = json.load(file)["regions"]["clothes"]
        shown = [chip.find_element(By.CSS_SELECTOR, ".hex").text for chip in chips]
        self.assertEqual(shown, [color["hex"] for color in clothes["colors"]])
        self.assertTrue(shown)
        chips[-1].click()
        self.wait(lambda: self.said() == f"{shown[-1]} is copied.")
        self.assertEqual(self.browser.execute_script("return navigator.clipboard.readText()"),
                         shown[-1])

    def check_downloads(self, article):
        path = self.take(article.find_element(By.CSS_SELECTOR, '[download$="-swatch.zip"]'))
        with zipfile.ZipFile(path) as file:
            self.assertIsNone(file.testzip())
            names = set(file.namelist())
        self.assertLessEqual({"colors.json", "clothes.png", "skin.png", "hair.png", "card.png",
                              "palette.ase", "palette.aco", "palette.gpl", "palette.css",
                              "palette.json", "palette.svg"}, names)
        for name in ("clothes.png", "card.png", "palette.gpl"):
            link = article.find_element(By.CSS_SELECTOR, f'[download$="-{name}"]')
            with open(self.take(link), "rb") as one, zipfile.ZipFile(path) as file:
                self.assertEqual(one.read(), file.read(name))

    def check_cutouts(self, article):
        picture = article.find_element(By.CSS_SELECTOR, ".stage img")
        self.assertEqual(picture.get_attribute("alt"), os.path.basename(PHOTOS[0]))
        buttons = article.find_elements(By.CSS_SELECTOR, ".film button")
        buttons[1].click()
        self.wait(lambda: picture.get_attribute("alt") == "Cut-out: Clothes")
        self.wait(lambda: self.browser.execute_script("return arguments[0].complete", picture))
        self.assertEqual([b.get_attribute("aria-pressed") for b in buttons[:2]], ["false", "true"])
        self.assertGreater(picture.get_property("naturalWidth"), 0)

    def use(self, size):
        self.open(size)
        self.look("empty")
        self.add(PHOTOS[0])
        self.end("done")
        self.assertEqual(self.said(), f"{os.path.basename(PHOTOS[0])}: done.")
        article = self.one("article")
        self.look("one")
        self.check_colors(article)
        self.check_downloads(article)
        self.check_cutouts(article)
        self.add(PHOTOS[1])
        self.end("done", 2)
        lefts = [one.location["x"] for one in self.all("article")]
        self.assertEqual(len(set(lefts)), 2 if size == "desk" else 1, lefts)
        self.look("two")
        self.check_log()

    def test_desk(self):
        self.use("desk")

    def test_phone(self):
        self.use("phone")

    def test_dark_and_german(self):
        self.open("desk", "dark", "de")
        self.assertEqual(self.one("html").get_attribute("lang"), "de")
        self.add(*PHOTOS)
        self.end("done", 2)
        self.assertEqual(self.one(".clothes h3").text, "Kleidung")
        self.look("dark")
        self.check_log()

    def test_faults(self):
        text, large, nobody = self.path("text.jpg"), self.path("large.jpg"), self.path("nobody.png")
        with open(text, "w", encoding="ascii") as file:
            file.write("no picture")
        with open(large, "wb") as file:
            file.write(b"\xff\xd8" + bytes(8 * MAX_BYTES))
        write_png(nobody, 96, 128)
        self.open("desk")
        self.add(text, large, nobody)
        self.end("failed", 3)
        faults = [one.text for one in self.all("article .fault strong")]
        self.assertEqual(faults, ["This file is no picture that can be read.",
                                  "This photo is too large.",
                                  "Nobody was found in this photo, and no clothes."])
        self.look("faults")
        self.check_log("415", "413", "422")

    def test_drop_and_paste(self):
        self.open("desk")
        self.browser.execute_script(DROP_AND_PASTE)
        self.end("failed", 2)
        self.assertEqual([one.text for one in self.all("h2")], ["dropped.jpg", "pasted.jpg"])
        self.check_log("415")

    def test_busy_service(self):
        self.open("desk")
        self.browser.execute_script(BUSY)
        self.add(PHOTOS[0])
        self.wait(lambda: "Next try in" in self.one("article").text)
        self.end("done")
        self.check_log()

    def test_keys_alone(self):
        self.open("desk")
        self.add(PHOTOS[0])
        self.end("done")
        chip = self.one(".clothes .chip")
        self.assertIn(chip.find_element(By.CSS_SELECTOR, ".hex").text, chip.accessible_name)
        self.one("#who").send_keys(Keys.TAB)
        order = []
        for _ in range(6):
            order.append(self.browser.switch_to.active_element.get_attribute("class"))
            self.browser.switch_to.active_element.send_keys(Keys.TAB)
        self.assertEqual(order, ["remove"] + 4 * ["thumb"] + ["chip"])
        self.browser.switch_to.active_element.send_keys(Keys.ENTER)
        self.wait(lambda: "is copied" in self.said())
        self.one("article .remove").send_keys(Keys.ENTER)
        self.wait(lambda: not self.all("article"))
        self.assertEqual(self.browser.switch_to.active_element.get_attribute("id"), "choose")
        self.check_log()

    def test_token_then_nobody_there(self):
        with open(self.path("tokens"), "w", encoding="ascii") as file:
            file.write("secret\n")
        service, address = start_service(self.swatch, self.path("log2"), "--classes", "29",
                                         "--token-file", self.path("tokens"))
        self.addCleanup(service.kill)
        self.open("desk", address=address)
        self.one("#who").send_keys("everybody")
        self.add(PHOTOS[0])
        self.end("failed")
        self.one(".token input").send_keys("secret", Keys.ENTER)
        self.end("done")
        # A model that tells garments apart: each has its cut-out.
        path = self.take(self.one('[download$="-colors.json"]'))
        with open(path, encoding="ascii") as file:
            garments = json.load(file)["people"][0]["garments"]
        self.assertEqual([one.get_attribute("download").split("-", 1)[1]
                          for one in self.all(".garment a")], [one["file"] for one in garments])
        self.look("garments")
        service.terminate()
        service.wait()
        self.add(PHOTOS[1])
        self.wait(lambda: self.all("article[data-state=failed]"))
        self.assertEqual(self.one(".fault strong").text, "The service does not answer.")
        self.check_log("401", "ERR_CONNECTION_REFUSED")

def main():
    for what, there in (("Chromium", which("chromium")), ("chromedriver", which("chromedriver")),
                        ("Selenium", webdriver)):
        if not there:
            print(f"page.py: skipped, as {what} is missing", file=sys.stderr)
            sys.exit(77)
    PageTest.swatch = sys.argv[1]
    if len(sys.argv) > 2:
        PageTest.pictures = sys.argv[2]
        os.makedirs(PageTest.pictures, exist_ok=True)
    unittest.main(argv=sys.argv[:1], verbosity=2)


if __name__ == "__main__":
    main()
