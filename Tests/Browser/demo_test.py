"""Drives the chat example like people would: several browsers, messages, rooms, images, a server that dies.

    demo_test.py http://127.0.0.1:3000 [-k TEXT] [--server COMMAND] [--shots FOLDER]

With --server the command is started first (it must listen at the URL), killed without warning, and started again.
The cases build upon each other; with -k the others run too, but only the chosen ones are reported.
"""

import argparse
import json
import math
import os
import struct
import sys
import tempfile
import time
import zlib

from cdp import Browser
from server import Server


def picture(path, width, height):
    """Writes a PNG of dusk over hills, large enough that the page must shrink it."""
    rows = bytearray()
    hills = [[height * base + height * swing * math.sin(x / width * waves + phase) + height * 0.012 * math.sin(x / width * 61 + phase)
              for x in range(width)]
             for base, swing, waves, phase in ((0.62, 0.05, 9, 0), (0.72, 0.06, 7, 2), (0.85, 0.05, 5, 4))]
    inks = ((150, 82, 92), (98, 52, 78), (42, 26, 50))
    sun = (width * 0.68, height * 0.5, height * 0.11)
    seed = 1
    for y in range(height):
        rows.append(0)
        t = y / height
        sky = (int(70 + 180 * min(1, t * 1.6)), int(60 + 95 * t * 1.2), int(120 - 40 * t))
        for x in range(width):
            colour = sky
            if (x - sun[0]) ** 2 + (y - sun[1]) ** 2 < sun[2] ** 2:
                colour = (255, 222, 160)
            for line, ink in zip(hills, inks):
                if y > line[x]:
                    colour = ink
            seed = (seed * 1103515245 + 12345) & 0x7FFFFFFF  # grain, so that it does not compress away
            grain = (seed >> 16) % 22 - 11
            rows.extend(max(0, min(255, c + grain)) for c in colour)

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
                   + chunk(b"IDAT", zlib.compress(bytes(rows), 1)) + chunk(b"IEND", b""))


class Person:
    """Somebody with a page open."""

    def __init__(self, browser, url, name, **view):
        self.name = name
        self.page = browser.page(url, **view)
        self.page.wait("document.querySelector('#ask').open")
        self.page.fill("#ask-input", name)
        self.page.press("Enter")
        self.page.wait("parlour.socket.connected && !document.querySelector('#ask').open && subtitle.textContent !== 'Offline'")

    def say(self, text):
        self.page.fill("#text", text)
        self.page.press("Enter")

    def sees(self, text, timeout=5):
        self.page.wait(f"[...document.querySelectorAll('.bubble')].some((b) => b.textContent === {json.dumps(text)})", timeout,
                       f"{self.name} to see {text!r}")

    def count(self, text):
        return self.page.evaluate(f"[...document.querySelectorAll('.bubble')].filter((b) => b.textContent === {json.dumps(text)}).length")

    def bubbles(self):
        return self.page.evaluate("[...document.querySelectorAll('.bubble')].map((b) => b.textContent)")

    def item(self, name):
        """The side's button of a room or person, as a script expression."""
        return f"[...document.querySelectorAll('#side .item')].find((e) => e.querySelector('b') && e.querySelector('b').textContent === {json.dumps(name)})"

    def open(self, name):
        self.page.wait(f"(() => {{ const e = {self.item(name)}; if (!e) return false; e.click(); return true; }})()")
        self.page.wait(f"title.textContent.endsWith({json.dumps(name)})")

    def unread(self, name):
        return self.page.evaluate(f"(() => {{ const e = {self.item(name)}; const b = e && e.querySelector('.badge'); return b ? +b.textContent : 0; }})()")


class Demo:
    def __init__(self, browser, url, server, shots):
        self.browser, self.url, self.server, self.shots = browser, url, server, shots
        self.run = str(int(time.time()))[-5:]  # a server that is not ours may hold what earlier runs said
        self.folder = tempfile.mkdtemp(prefix="sio-demo-")
        self.ada = self.grace = self.linus = None

    def shot(self, page, name):
        if self.shots:
            time.sleep(0.35)  # the banner's and the caret's animation
            page.screenshot(os.path.join(self.shots, name + ".png"))

    # ---- the cases, in order

    def names_are_asked_for_and_kept(self):
        page = self.browser.page(self.url)
        page.wait("document.querySelector('#ask').open")
        self.shot(page, "welcome-desktop")
        page.view(375, 740, True, True)
        self.shot(page, "welcome-phone-dark")
        page.close()
        self.ada = Person(self.browser, self.url, "Ada " + self.run)
        self.ada.page.reload()
        self.ada.page.wait("parlour.socket.connected && subtitle.textContent !== 'Offline'")
        assert self.ada.page.evaluate("document.querySelector('#my-name').textContent") == self.ada.name
        assert not self.ada.page.evaluate("document.querySelector('#ask').open")

    def a_name_that_is_taken_is_refused_politely(self):
        page = self.browser.page(self.url)
        page.fill("#ask-input", self.ada.name.upper())
        page.press("Enter")
        page.wait("document.querySelector('#ask').open && document.querySelector('#ask-error').textContent.length > 5")
        page.close()

    def a_message_reaches_the_other_and_is_marked_delivered(self):
        self.grace = Person(self.browser, self.url, "Grace " + self.run)
        self.ada.say("Good evening! " + self.run)
        self.grace.sees("Good evening! " + self.run)
        self.ada.page.wait("[...document.querySelectorAll('.row.own .state')].pop().textContent === 'Delivered'")
        assert self.ada.count("Good evening! " + self.run) == 1

    def markup_stays_text(self):
        self.ada.say("<img src=x onerror=\"document.title='hacked'\"><b>bold</b>")
        self.grace.sees("<img src=x onerror=\"document.title='hacked'\"><b>bold</b>")
        assert self.grace.page.evaluate("!document.querySelector('.bubble b') && document.title !== 'hacked'")

    def typing_is_shown_and_ends(self):
        self.grace.page.fill("#text", "Hel")
        self.ada.page.wait(f"typing.textContent === {json.dumps(self.grace.name + ' is typing')}")
        self.grace.page.fill("#text", "")
        self.grace.page.evaluate("document.querySelector('#text').value = ''; document.querySelector('#text').dispatchEvent(new Event('input'))")
        self.ada.page.wait("typing.textContent === ''")

    def presence_names_the_rooms(self):
        self.ada.page.wait(f"({self.ada.item(self.grace.name)}) && ({self.ada.item(self.grace.name)}).textContent.includes('#Lobby')")

    def a_room_is_created_joined_and_counted(self):
        self.room = "Garden " + self.run
        self.ada.page.click("#new-room")
        self.ada.page.fill("#ask-input", self.room)
        self.ada.page.press("Enter")
        self.ada.page.wait(f"title.textContent === {json.dumps('# ' + self.room)}")
        self.ada.say("Is anybody out here?")
        self.ada.page.wait("[...document.querySelectorAll('.row.own .state')].pop().textContent === 'Delivered'")
        self.grace.open(self.room)  # joins
        self.grace.sees("Is anybody out here?")
        self.grace.say("Yes: by the roses.")
        self.ada.sees("Yes: by the roses.")

    def a_bad_room_name_is_refused_with_a_sentence(self):
        self.ada.page.click("#new-room")
        self.ada.page.fill("#ask-input", "!!/..")
        self.ada.page.press("Enter")
        self.ada.page.wait("document.querySelector('#ask-error').textContent.length > 5")
        self.ada.page.click("#ask-cancel")
        self.ada.page.wait("!document.querySelector('#ask').open")

    def what_happens_elsewhere_is_counted_as_unread(self):
        self.ada.open("Lobby")
        self.grace.say("One.")
        self.grace.say("Two.")
        self.ada.page.wait(f"(() => {{ const e = {self.ada.item(self.room)}; const b = e.querySelector('.badge'); return Boolean(b && b.textContent === '2'); }})()")
        assert self.ada.page.evaluate("document.title").startswith("(2)")
        self.ada.open(self.room)
        self.ada.page.wait(f"!({self.ada.item(self.room)}).querySelector('.badge')")
        self.ada.sees("Two.")

    def a_private_message_reaches_only_its_person(self):
        self.linus = Person(self.browser, self.url, "Linus " + self.run, width=375, height=740, mobile=True)
        self.ada.open(self.grace.name)
        self.ada.say("Between us: happy birthday.")
        self.grace.page.wait(f"(() => {{ const e = {self.grace.item(self.ada.name)}; return Boolean(e && e.querySelector('.badge')); }})()")
        self.grace.open(self.ada.name)
        self.grace.sees("Between us: happy birthday.")
        self.grace.say("How kind!")
        self.ada.sees("How kind!")
        assert self.linus.unread(self.ada.name) == 0 and self.linus.unread(self.grace.name) == 0

    def an_image_is_shrunk_sent_as_binary_and_shown(self):
        path = os.path.join(self.folder, "dusk.png")
        picture(path, 1800, 1200)
        assert os.path.getsize(path) > 1000000
        self.ada.open("Lobby")
        self.grace.open("Lobby")
        self.ada.page.evaluate("""
            window.sentImages = [];
            parlour.socket.onAnyOutgoing((event, m) => { if (event === "send" && m.image) sentImages.push([m.image instanceof ArrayBuffer, m.image.byteLength, m.picture]); });
            0
        """)
        self.ada.page.choose_file("#file", path)
        loaded = "(() => { const i = [...document.querySelectorAll('.bubble.picture img')].pop(); return i && i.complete && i.naturalWidth; })()"
        width = self.grace.page.wait(loaded, 15)
        assert width == 1600, width
        (binary, size, about), = self.ada.page.evaluate("sentImages")
        assert binary and 20000 < size <= 700000 and about["size"] == size and about["mime"] == "image/jpeg", (binary, size, about)
        self.ada.page.wait("[...document.querySelectorAll('.row.own .state')].pop().textContent === 'Delivered'")

    def a_newcomer_gets_the_history_and_its_images(self):
        page = Person(self.browser, self.url, "Tim " + self.run)
        page.sees("Good evening! " + self.run)
        page.page.wait("(() => { const i = document.querySelector('.bubble.picture img'); return i && i.complete && i.naturalWidth === 1600; })()", 10)
        texts = page.bubbles()
        assert texts.index("Good evening! " + self.run) == 0 or len(texts) == 50 or not self.server, texts
        page.page.close()

    def a_pasted_image_is_sent(self):
        before = self.grace.page.evaluate("document.querySelectorAll('.bubble.picture').length")
        self.ada.page.evaluate("""(async () => {
            const canvas = Object.assign(document.createElement("canvas"), {width: 240, height: 120});
            const context = canvas.getContext("2d");
            context.fillStyle = "#2f6f62";
            context.fillRect(0, 0, 240, 120);
            context.fillStyle = "#f4d9a8";
            context.fillRect(90, 30, 60, 60);
            const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
            const data = new DataTransfer();
            data.items.add(new File([blob], "x.png", {type: "image/png"}));
            document.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}));
        })()""")
        self.grace.page.wait(f"document.querySelectorAll('.bubble.picture').length === {before + 1}")

    def a_new_name_is_seen_by_all(self):
        self.linus.page.evaluate("me.click()")
        self.linus.page.fill("#ask-input", "Linnea " + self.run)
        self.linus.page.press("Enter")
        self.ada.page.wait(f"!!{self.ada.item('Linnea ' + self.run)}")
        self.linus.name = "Linnea " + self.run

    def a_lost_network_queues_and_recovers(self):
        self.ada.page.evaluate("parlour.socket.io.engine.transport.close(); parlour.socket.io.engine._onClose('transport close')")
        self.ada.page.wait("!banner.hidden", what="the banner")
        self.ada.say("Written on a train.")
        self.grace.sees("Written on a train.", 10)
        self.ada.page.wait("[...document.querySelectorAll('.row.own .state')].pop().textContent === 'Delivered'", 10)
        self.ada.page.wait("banner.hidden", 6)
        assert self.grace.count("Written on a train.") == 1 and self.ada.count("Written on a train.") == 1

    def a_killed_server_is_survived(self):
        if not self.server:
            return "skipped: needs --server"
        self.server.kill()
        self.ada.page.wait("!banner.hidden && /Trying again in \\d+ s/.test(banner.textContent)", 8)
        self.ada.say("First, while it was away.")
        self.ada.say("Second, while it was away.")
        self.ada.page.wait("document.querySelectorAll('.row.waiting').length === 2")
        assert "back online" in self.ada.page.evaluate("[...document.querySelectorAll('.row.own .state')].pop().textContent")
        self.shot(self.ada.page, "lost-desktop")
        self.ada.page.view(375, 740, True, True)
        self.shot(self.ada.page, "lost-phone-dark")
        self.ada.page.view(1280, 800)
        self.server.start()
        self.ada.page.wait("banner.classList.contains('good') && !banner.hidden", 15)
        self.shot(self.ada.page, "back-desktop")
        self.grace.sees("Second, while it was away.", 15)
        texts = self.grace.bubbles()
        assert texts.index("First, while it was away.") + 1 == texts.index("Second, while it was away."), texts[-4:]
        assert self.grace.count("First, while it was away.") == self.ada.count("First, while it was away.") == 1
        self.ada.page.wait("document.querySelectorAll('.row.waiting').length === 0")
        self.ada.page.wait(f"!!{self.ada.item(self.grace.name)}", 10)
        self.ada.open(self.room)
        self.grace.open(self.room)
        self.ada.say("The garden is open again.")
        self.grace.sees("The garden is open again.")

    def leaving_a_room_ends_its_messages(self):
        self.grace.open(self.room)
        self.grace.page.click("#leave")
        self.grace.page.wait("title.textContent === '# Lobby'")
        self.ada.open(self.room)
        self.ada.say("Only for the garden.")
        self.ada.page.wait("[...document.querySelectorAll('.row.own .state')].pop().textContent === 'Delivered'")
        self.ada.open("Lobby")
        self.ada.say("For the lobby.")
        self.grace.sees("For the lobby.")
        assert self.grace.unread(self.room) == 0

    def nothing_went_wrong_on_any_page(self):
        for person in (self.ada, self.grace, self.linus):
            assert not person.page.problems, person.page.problems
            person.page.close()

    CASES = [names_are_asked_for_and_kept, a_name_that_is_taken_is_refused_politely,
             a_message_reaches_the_other_and_is_marked_delivered, markup_stays_text, typing_is_shown_and_ends,
             presence_names_the_rooms, a_room_is_created_joined_and_counted, a_bad_room_name_is_refused_with_a_sentence,
             what_happens_elsewhere_is_counted_as_unread, a_private_message_reaches_only_its_person,
             an_image_is_shrunk_sent_as_binary_and_shown, a_newcomer_gets_the_history_and_its_images, a_pasted_image_is_sent,
             a_new_name_is_seen_by_all, a_lost_network_queues_and_recovers, a_killed_server_is_survived,
             leaving_a_room_ends_its_messages, nothing_went_wrong_on_any_page]

    # ---- a talk for the screenshots

    def portraits(self):
        path = os.path.join(self.folder, "dusk.png")
        picture(path, 1500, 900)
        ada = Person(self.browser, self.url, "Ada Byron", width=1280, height=800)
        grace = Person(self.browser, self.url, "Grace", width=375, height=740, mobile=True)
        noor = Person(self.browser, self.url, "Noor Haddad")
        for name in ("Design", "Weekend walks"):
            ada.page.click("#new-room")
            ada.page.fill("#ask-input", name)
            ada.page.press("Enter")
            ada.page.wait(f"title.textContent === {json.dumps('# ' + name)}")
        grace.open("Weekend walks")
        noor.open("Weekend walks")
        noor.open("Design")
        noor.open("Weekend walks")
        grace.say("Who is in for Sunday? I was thinking of the ridge path, starting at the mill.")
        ada.sees("Who is in for Sunday? I was thinking of the ridge path, starting at the mill.")
        ada.say("Count me in.")
        ada.say("I can bring the big thermos. Last week the view from the top was like this:")
        grace.sees("I can bring the big thermos. Last week the view from the top was like this:")
        ada.page.choose_file("#file", path)
        noor.page.wait("(() => { const i = [...document.querySelectorAll('.bubble.picture img')].pop(); return i && i.complete && i.naturalWidth; })()", 15)
        noor.say("Oh, that is lovely. Nine o'clock at the mill, then?")
        grace.sees("Oh, that is lovely. Nine o'clock at the mill, then?")
        grace.say("Nine it is.")
        ada.sees("Nine it is.")
        noor.open("Design")
        noor.say("The new icons are up.")
        noor.say("Tell me what you think!")
        noor.open("Weekend walks")
        noor.page.fill("#text", "Shall I bring ")
        ada.page.wait("typing.textContent.endsWith('typing')")
        ada.page.wait("[...document.querySelectorAll('.badge')].some((b) => b.textContent === '2')")
        self.shot(ada.page, "chat-desktop")
        ada.page.view(1280, 800, dark=True)
        noor.page.fill("#text", "Shall I bring the ")
        time.sleep(2.1)
        noor.page.fill("#text", "Shall I bring the map")
        ada.page.wait("typing.textContent.endsWith('typing')")
        self.shot(ada.page, "chat-desktop-dark")
        self.shot(grace.page, "chat-phone")
        grace.page.view(375, 740, True, True)
        self.shot(grace.page, "chat-phone-dark")
        ada.open("Grace")
        ada.say("Psst: shall we surprise Noor with a cake on Sunday?")
        grace.page.evaluate("back.click()")
        grace.page.wait(f"!!({grace.item('Ada Byron')}).querySelector('.badge')")
        self.shot(grace.page, "list-phone-dark")
        grace.page.view(375, 740, True)
        self.shot(grace.page, "list-phone")
        self.shot(ada.page, "private-desktop-dark")
        for person in (ada, grace, noor):
            person.page.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url")
    parser.add_argument("-k", metavar="TEXT", default="", help="only cases whose name contains TEXT are reported")
    parser.add_argument("--server", metavar="COMMAND", help="starts the chat's server; allows to kill it")
    parser.add_argument("--shots", metavar="FOLDER", help="writes screenshots")
    options = parser.parse_args()
    server = Server(options.server, options.url) if options.server else None
    passed = failed = 0
    try:
        if server:
            server.start()
        with Browser() as browser:
            demo = Demo(browser, options.url, server, options.shots)
            if options.shots:
                demo.portraits()
            for case in Demo.CASES:
                name = case.__name__.replace("_", " ")
                start = time.monotonic()
                try:
                    note = case(demo)
                except Exception as error:
                    if options.k in name:
                        print(f"FAIL  {name}\n      {type(error).__name__}: {error}")
                    failed += 1
                else:
                    took = time.monotonic() - start
                    if options.k in name:
                        print(f"ok    {name}" + (f" [{note}]" if note else "") + (f"  {took:.1f} s" if took > 1 else ""))
                    passed += 1
    finally:
        if server:
            server.kill()
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
