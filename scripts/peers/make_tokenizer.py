"""A small SentencePiece BPE model trained on text written here, and ids of 12,000 strings: tests/golden/tokenizer."""
import io
import random
import struct

from common import GOLDEN, fresh_directory, write_provenance

import sentencepiece

SEED = 7
NUM_PIECES = 512
NUM_STRINGS = 12000
NUM_ID_LISTS = 2500
SAME_AS_TEXT = 0xFFFF

CONTROL_SYMBOLS = ["[INST]", "[/INST]"]
USER_DEFINED_SYMBOLS = ["<|code|>", "=>", "▁▁▁▁"]

VERBS = "return the count sum largest value of every even number in a list string array sorted by its index".split()
NAMES = "count total value index result name items left right node text word number data key size".split()
TEMPLATES = [
    "def {a}({b}):\n    {c} = 0\n    for {d} in {b}:\n        {c} += {d}\n    return {c}\n",
    "int {a}(int {b}) {{\n    int {c} = {n};\n    while ({c} < {b}) {{ {c}++; }}\n    return {c};\n}}\n",
    "function {a}({b}) {{\n  const {c} = {b}.map(({d}) => {d} * {n});\n  return {c}.length;\n}}\n",
    "public static int {a}(int[] {b}) {{ System.out.println({b}[{n}]); }}\n",
    "if ({a} == {n} && {b} != {n}) {{ {c}[\"{d}\"] -= {n}.5; }} else {{ {c}['{d}'] = null; }}\n",
    "# {w} {w2} {w3}: {n}\tété naïve Größe\n",
    "Write a function that will {w} the {w2} and {w3} of {n} {a} and {b}.\n",
]
SPECIAL_TEXT = ["<s>", "</s>", "<unk>", "[INST]", "[/INST]", "<0x0A>", "<0xFF>", "<0x00>", "<pad>", "▁", "▁▁▁▁",
                "<|code|>", "=>", "[INST] ", " [/INST]", "<s>[INST]", "</s><s>"]
WHITESPACE = [" ", "  ", "    ", "\t", "\n", "\r\n", "\u00a0", "\u3000", "\u2028", "\u200b", "▁", " \n", "\x0b"]
# Blocks: Latin-1, Latin Extended, Greek and Cyrillic, Hebrew and Arabic, Devanagari, combining marks, punctuation and
# symbols, CJK, Hangul, private use, specials, emoji, last plane.
BLOCKS = [(0x80, 0xFF), (0x100, 0x24F), (0x370, 0x4FF), (0x590, 0x6FF), (0x900, 0x97F), (0x300, 0x36F),
          (0x2000, 0x27BF), (0x4E00, 0x9FFF), (0xAC00, 0xD7A3), (0xE000, 0xF8FF), (0xFFF0, 0xFFFD),
          (0x1F300, 0x1FAFF), (0x10FF00, 0x10FFFF)]


def sentence(rng):
    names = rng.sample(NAMES, 4)
    words = rng.sample(VERBS, 3)
    return rng.choice(TEMPLATES).format(a=names[0], b=names[1], c=names[2], d=names[3], w=words[0], w2=words[1],
                                        w3=words[2], n=rng.randrange(1000))


def train():
    rng = random.Random(SEED)
    lines = [line for _ in range(1500) for line in sentence(rng).split("\n") if line]
    lines += ["".join(map(chr, range(0x20, 0x7F)))] * 3  # every ASCII character is seen
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(lines), model_writer=model, model_type="bpe", vocab_size=NUM_PIECES,
        normalization_rule_name="identity", byte_fallback=True, split_digits=True, add_dummy_prefix=True,
        remove_extra_whitespaces=False, allow_whitespace_only_pieces=True, character_coverage=1.0,
        unk_id=0, bos_id=1, eos_id=2, pad_id=-1, control_symbols=CONTROL_SYMBOLS,
        user_defined_symbols=USER_DEFINED_SYMBOLS, num_threads=1, minloglevel=2)
    return model.getvalue()


def random_unicode(rng):
    return "".join(chr(rng.randint(*rng.choice(BLOCKS))) for _ in range(rng.randint(1, 8)))


def code_fragment(rng):
    text = sentence(rng)
    start = rng.randrange(len(text))
    return text[start:start + rng.randint(1, 30)]


def make_string(rng):
    """One string of bytes; a few are not valid UTF-8."""
    kind = rng.random()
    if kind < 0.45:
        text = code_fragment(rng)
    elif kind < 0.60:
        text = random_unicode(rng)
    elif kind < 0.75:
        text = "".join(rng.choice(WHITESPACE) for _ in range(rng.randint(1, 6)))
        text = rng.choice(["", "x", "def "]) + text + rng.choice(["", "y", "="])
    elif kind < 0.85:
        text = rng.choice(["", " ", "a", "a "]) + rng.choice(SPECIAL_TEXT) + rng.choice(["", " ", "b", " b"])
    elif kind < 0.90:
        text = "".join(rng.choice("0123456789.,-+eE xX") for _ in range(rng.randint(1, 15)))
    elif kind < 0.97:
        text = code_fragment(rng)[:10] + random_unicode(rng)[:3] + rng.choice(WHITESPACE) + rng.choice(SPECIAL_TEXT)
    elif kind < 0.98:
        text = "".join(chr(rng.randrange(0x80)) for _ in range(rng.randint(1, 20)))
    elif kind < 0.99:
        text = "".join(sentence(rng) for _ in range(2))
    else:
        return bytes(rng.randrange(256) for _ in range(rng.randint(1, 12)))
    return text.encode("utf-8")


def strings():
    rng = random.Random(SEED + 1)
    out = [b""] + [chr(code).encode("utf-8") for code in range(0x250)]
    out += [piece.encode("utf-8") for piece in SPECIAL_TEXT + WHITESPACE]
    out += [b" " * n for n in range(2, 20)] + [b"\n" * n for n in range(2, 10)] + [b"\t" * n for n in range(2, 10)]
    seen = set(out)
    while len(out) < NUM_STRINGS:
        text = make_string(rng)
        if text not in seen:
            seen.add(text)
            out.append(text)
    return out


def id_lists(num_pieces):
    rng = random.Random(SEED + 2)
    special = [0, 1, 2, 3, 4] + list(range(8, 264))  # control, unknown and byte pieces more often than by chance
    for index in range(NUM_ID_LISTS):
        pick = (lambda: rng.randrange(num_pieces)) if index % 2 else (lambda: rng.choice(special))
        yield [pick() for _ in range(rng.randint(0, 16))]


def packed_bytes(data):
    return struct.pack("<H", len(data)) + data


def packed_ids(ids):
    return struct.pack(f"<H{len(ids)}H", len(ids), *ids)


def main():
    directory = fresh_directory(GOLDEN / "tokenizer")
    model = train()
    (directory / "tokenizer.model").write_bytes(model)
    processor = sentencepiece.SentencePieceProcessor(model_proto=model)
    assert processor.vocab_size() == NUM_PIECES and processor.bos_id() == 1 and processor.eos_id() == 2

    encoded, round_trips = [], 0
    for text in strings():
        ids = processor.encode(text)
        decoded = processor.decode(ids).encode("utf-8")
        same = decoded == text
        round_trips += same
        tail = struct.pack("<H", SAME_AS_TEXT) if same else packed_bytes(decoded)
        encoded.append(packed_bytes(text) + packed_ids(ids) + tail)
    (directory / "encode.bin").write_bytes(b"".join(encoded))

    decoded = [packed_ids(ids) + packed_bytes(processor.decode(ids).encode("utf-8"))
               for ids in id_lists(NUM_PIECES)]
    (directory / "decode.bin").write_bytes(b"".join(decoded))
    details = {"strings": len(encoded), "strings_that_round_trip": round_trips, "id_lists": len(decoded)}
    write_provenance(directory, ["sentencepiece"], SEED, details)
    print(details)


if __name__ == "__main__":
    main()
