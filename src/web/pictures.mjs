/*
 * pictures.mjs - the pictures of an article that are in its archive.
 */
import { bdi, count, h, short, string } from "./dom.mjs";

const ROLE_MEDIA = 6;
const PICTURES = /^image\/(png|jpeg|gif|webp|avif)$/i;
const PICTURE_MAX = 16 << 20;
const PICTURES_MAX = 1000;
const BELOW_MAX = 12;
/* Pixels of all that is shown of an article. Each takes four bytes once it is
 * drawn, however small it is shown and its file is. */
const PIXELS_MAX = 128 << 20;

function mediaOf(article) {
    return Array.isArray(article.meta.media) ? article.meta.media : [];
}

/* Pixels of the picture at a data: or blob: address, 0 for one that cannot be
 * shown. It is not drawn for that. */
async function pixelsOf(url) {
    const image = new Image();

    await new Promise((done) => {
        image.onload = image.onerror = done;
        image.src = url;
    });
    return image.naturalWidth * image.naturalHeight;
}

/* A function that tells of one picture after the other, by its address, whether
 * it can be shown beside those before. */
export function roomForPictures() {
    const known = new Map();
    let left = PIXELS_MAX;

    return async (url) => {
        if (!known.has(url)) {
            const pixels = known.size < PICTURES_MAX ? await pixelsOf(url)
                : Infinity;

            known.set(url, pixels <= left);
            if (pixels <= left)
                left -= pixels;
        }
        return known.get(url);
    };
}

export function tellOmitted(n) {
    return n === 0 ? null : h("p", { class: "quiet" },
        `${count(n, "picture")} left out, as the page repeats them or they ` +
        "are large.");
}

function dataUrl(data, type) {
    return new Promise((done) => {
        const reader = new FileReader();

        reader.onload = () => done(reader.result);
        reader.readAsDataURL(new Blob([data], { type }));
    });
}

/* data: addresses of the pictures that the metadata names, by their own. Each
 * is fetched once, however often it is named. */
export async function picturesByUrl(article, ask) {
    const named = mediaOf(article).filter((m) => string(m?.url) !== "");
    const wanted = new Set(named.map((m) => article.parts[m.part])
        .filter((p) => p?.role === ROLE_MEDIA && PICTURES.test(p.type)));
    let left = PICTURE_MAX;
    const parts = [...wanted].slice(0, PICTURES_MAX).filter((p) =>
        p.size <= left && (left -= p.size) >= 0);
    const fetched = await ask("parts", { entry: article.entry,
                                         indexes: parts.map((p) => p.index) });
    const urls = new Map();

    for (const [i, { index, type }] of parts.entries())
        urls.set(index, await dataUrl(fetched[i], type));
    return new Map(named.filter((m) => urls.has(m.part))
        .map((m) => [m.url, urls.get(m.part)]));
}

function captionOf(article, index) {
    const found = mediaOf(article).find((m) => m?.part === index) ?? {};

    return [string(found.caption), string(found.credit)]
        .filter((s) => s !== "").join(" · ");
}

/* Fetched one after the other once the text is there. */
export async function addPictures(article, into, ask, isShown) {
    const parts = article.parts.filter((p) => p.role === ROLE_MEDIA &&
        PICTURES.test(p.type) && p.size <= PICTURE_MAX).slice(0, BELOW_MAX);
    const hasRoom = roomForPictures();
    let omitted = 0;

    for (const { index, type } of parts) {
        const data = await ask("part", { entry: article.entry, index });
        const url = URL.createObjectURL(new Blob([data], { type }));
        const forget = () => URL.revokeObjectURL(url);
        const fits = await hasRoom(url);

        if (!isShown() || !fits)
            forget();
        if (!isShown())
            return;
        if (!fits) {
            omitted++;
            continue;
        }
        const caption = captionOf(article, index);

        into.append(h("figure", {},
            h("img", { alt: short(caption) || "Picture", src: url,
                       onload: forget, onerror: forget }),
            caption === "" ? null : h("figcaption", {}, bdi(caption))));
    }
    into.append(tellOmitted(omitted) ?? "");
}
