// decoder.js PACKAGE FRAMES - a decoder of npm over the frames of archives;
// decoder.c says what the file of frames is. One that knows no dictionaries
// passes over the frames that need one, and says how many these are.
"use strict";
const fs = require("fs");

const decoders = {
    // Written in JavaScript from RFC 8878.
    fzstd: async () => {
        const fzstd = require("fzstd");
        return { plain: (frame, size) => fzstd.decompress(frame) };
    },
    // The others are libzstd, compiled to WebAssembly.
    zstddec: async () => {
        const { ZSTDDecoder } = await import("zstddec");
        const decoder = new ZSTDDecoder();
        await decoder.init();
        return { plain: (frame, size) => decoder.decode(frame, size) };
    },
    "@bokuweb/zstd-wasm": async () => {
        const zstd = require("@bokuweb/zstd-wasm");
        await zstd.init();
        const context = zstd.createDCtx();
        return {
            plain: (frame, size) => zstd.decompress(frame),
            dictionary: (frame, size, dict) =>
                zstd.decompressUsingDict(context, frame, dict),
        };
    },
    "zstd-codec": async () => {
        const { ZstdCodec } = require("zstd-codec");
        const zstd = await new Promise((done) => ZstdCodec.run(done));
        const simple = new zstd.Simple();
        let last = null, made = null;
        return {
            plain: (frame, size) => simple.decompress(frame),
            dictionary: (frame, size, dict) => {
                if (dict !== last) {
                    if (made) made.close();
                    made = new zstd.Dict.Decompression(dict);
                    last = dict;
                }
                return simple.decompressUsingDict(frame, made);
            },
        };
    },
};

async function main(name, path) {
    const decoder = await decoders[name]();
    const data = fs.readFileSync(path);
    let at = 0, dict = null, prefix = null;
    let frames = 0, refused = 0, passed = 0;

    function item() {
        const kind = String.fromCharCode(data[at]);
        const length = data.readUInt32LE(at + 1);
        const head = kind === "F" ? 9 : 5;
        const start = at + head;
        const size = kind === "F" ? data.readUInt32LE(at + 5) : 0;
        at = start + length + size;
        // A copy: some look at the buffer below.
        return { kind, size, bytes: new Uint8Array(data.subarray(start, start + length)),
                 want: data.subarray(start + length, at) };
    }

    while (at < data.length) {
        const { kind, size, bytes, want } = item();
        if (kind === "D") {
            dict = bytes.length ? bytes : null;
            continue;
        }
        if (kind === "P") {
            prefix = bytes;
            continue;
        }
        const with_what = prefix || dict;
        prefix = null;
        if (with_what && !decoder.dictionary) {
            passed++;
            continue;
        }
        let why = null;
        try {
            const out = with_what ? decoder.dictionary(bytes, size, with_what)
                                  : decoder.plain(bytes, size);
            if (!out || Buffer.compare(Buffer.from(out), want) !== 0)
                why = out ? "other bytes" : "refused";
        } catch (error) {
            why = String(error.message || error);
        }
        if (why !== null) {
            console.log(`frame ${frames}, ${bytes.length} bytes: ${why}`);
            refused++;
        }
        frames++;
    }
    const without = passed ? `, ${passed} need a dictionary` : "";
    console.log(`${name}: ${frames} frames, ${refused} refused${without}`);
    process.exitCode = refused ? 1 : 0;
}

main(process.argv[2], process.argv[3]);
