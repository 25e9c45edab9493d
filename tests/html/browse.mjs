// SPDX-License-Identifier: Apache-2.0
// Opens a page in headless Chromium as people do, and tells what it saw, a line of JSON for each view:
// browse.mjs PAGE DIRECTORY [AXE]. Screenshots go to DIRECTORY; AXE is axe-core's script, which checks accessibility.
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { inflateSync } from "node:zlib";

const [page, directory, axe] = process.argv.slice(2);
const address = pathToFileURL(resolve(page)).href;

const views = [
	{ view: "light", width: 1280, height: 900, scheme: "light" },
	{ view: "dark", width: 1280, height: 900, scheme: "dark" },
	{ view: "phone", width: 390, height: 844, scheme: "light" },
	{ view: "phone-dark", width: 390, height: 844, scheme: "dark" },
];

// The DevTools protocol over a pipe: JSON texts, each ended by NUL.
class Browser {
	#next = 1;
	#waiting = new Map();
	#rest = "";
	constructor(profile) {
		this.handlers = new Map();
		this.process = spawn("chromium", ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
			"--disable-background-networking", "--no-first-run", "--hide-scrollbars", "--remote-debugging-pipe",
			`--user-data-dir=${profile}`, "about:blank"], { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });
		this.ended = new Promise((done) => this.process.once("exit", done));
		this.ended.then(() => this.#waiting.forEach(({ reject }) => reject(new Error("chromium ended"))));
		this.process.once("error", (error) => { console.error(error.message); process.exit(1); });
		this.process.stdio[4].setEncoding("utf8").on("data", (data) => {
			const messages = (this.#rest + data).split("\0");
			this.#rest = messages.pop();
			messages.map((text) => JSON.parse(text)).forEach((message) => this.#take(message));
		});
	}
	#take({ id, method, params, result, error }) {
		if (!id)
			return this.handlers.get(method)?.(params);
		const { resolve, reject } = this.#waiting.get(id);
		this.#waiting.delete(id);
		return error ? reject(new Error(error.message)) : resolve(result);
	}
	send(method, params = {}, session = this.session) {
		const id = this.#next++;
		this.process.stdio[3].write(JSON.stringify({ id, method, params, sessionId: session }) + "\0");
		return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
	}
	next(method) {
		return new Promise((resolve) => this.handlers.set(method, resolve));
	}
	async evaluate(expression) {
		const { result, exceptionDetails } = await this.send("Runtime.evaluate",
			{ expression, awaitPromise: true, returnByValue: true });
		if (exceptionDetails)
			throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
		return result.value;
	}
}

// Width and height, and how many of its rows differ: a blank picture's are all the same.
function describe(png) {
	const chunks = [];
	for (let at = 8; at < png.length; at += 12 + png.readUInt32BE(at)) {
		if (png.toString("latin1", at + 4, at + 8) === "IDAT")
			chunks.push(png.subarray(at + 8, at + 8 + png.readUInt32BE(at)));
	}
	const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)];
	const raw = inflateSync(Buffer.concat(chunks));
	const stride = raw.length / height;
	const rows = new Set(Array.from({ length: height }, (_, y) => raw.toString("latin1", y * stride, (y + 1) * stride)));
	return { width, height, distinct_rows: rows.size };
}

const hidden = "[...document.querySelectorAll('details > :not(summary)')].filter((e) => !e.checkVisibility()).length";
const width_of_all = "document.documentElement.scrollWidth";

async function look(browser, { view, width, height, scheme }) {
	const requests = [], complaints = [];
	browser.handlers.set("Network.requestWillBeSent", ({ request }) => requests.push(request.url));
	browser.handlers.set("Log.entryAdded", ({ entry }) => complaints.push(entry.text));
	browser.handlers.set("Runtime.consoleAPICalled", ({ args }) => complaints.push(args.map((arg) => arg.value).join(" ")));
	await browser.send("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: 1, mobile: width < 500 });
	await browser.send("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: scheme }] });
	const loaded = browser.next("Page.loadEventFired"), begin = performance.now();
	await browser.send("Page.navigate", { url: address });
	await loaded;
	const load_ms = Math.round(performance.now() - begin);
	const closed = await browser.evaluate(width_of_all);
	const { data } = await browser.send("Page.captureScreenshot");
	const picture = Buffer.from(data, "base64");
	writeFileSync(join(directory, `${view}.png`), picture);

	// On paper all is open.
	const hidden_on_screen = await browser.evaluate(hidden);
	await browser.send("Emulation.setEmulatedMedia", { media: "print" });
	const hidden_in_print = await browser.evaluate(hidden);
	await browser.send("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: scheme }] });
	// A link of the table opens what it goes to.
	const opened = await browser.evaluate(`new Promise((done) => {
		const link = document.querySelector("table a[href^='#']");
		if (!link)
			return done(null);
		link.click();
		setTimeout(() => done(document.querySelector(link.getAttribute("href")).closest("details").open), 200);
	})`);
	await browser.evaluate("document.querySelectorAll('details').forEach((e) => { e.open = true; })");
	const open = await browser.evaluate(width_of_all);
	const violations = !axe ? null : await browser.evaluate(`${readFileSync(axe, "utf8")};
		axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"] }).then(({ violations }) =>
			violations.map(({ id, nodes }) => ({ id, at: nodes.slice(0, 5).map(({ html }) => html.slice(0, 200)) })))`);
	const title = await browser.evaluate("document.title");
	return { view, title, load_ms, closed, open, hidden_on_screen, hidden_in_print, opened, picture: describe(picture),
		requests: requests.filter((url) => url.split("#")[0] !== address), complaints, violations };
}

const profile = mkdtempSync(join(tmpdir(), "chromium-"));
mkdirSync(directory, { recursive: true });
const browser = new Browser(profile);
try {
	const { targetInfos } = await browser.send("Target.getTargets");
	const { targetId } = targetInfos.find(({ type }) => type === "page");
	({ sessionId: browser.session } = await browser.send("Target.attachToTarget", { targetId, flatten: true }));
	for (const domain of ["Page", "Network", "Log", "Runtime"])
		await browser.send(`${domain}.enable`);
	for (const view of views)
		console.log(JSON.stringify(await look(browser, view)));
	await browser.send("Browser.close", {}, undefined);
} finally {
	browser.process.kill();
	await browser.ended;
	rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
}
