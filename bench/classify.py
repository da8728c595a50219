"""Classification beside what one would otherwise pick, in one run: microseconds and memory.

    python -m bench.classify

Ours (rules, places, learned model, reasons) stands beside jieba with a dictionary of the same
phrases, and beside scikit-learn's TF-IDF of character runs with logistic regression trained on the
same corpus. Each figure is the median of several rounds that are taken in turn, so that a busy
machine slows all three alike: trust the ratios. The last row is ours by itself, as on a desk: a
call of 380 characters is known, and each of the next twenty is read.
"""

import gc
import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

from dispatcher.adapters.text import corpus, reader, rulebook
from dispatcher.adapters.text.model_file import from_text
from dispatcher.core.classify import TextContext, decide

RULES = Path(__file__).resolve().parent.parent / "rules"
ROUNDS = 7
CALLS = 120
_SPOKEN = (
    "喂你好我这边是宣州区水阳镇的,我家厨房一股臭鸡蛋味,开窗散了半个钟头还是有,现在我头有点晕还想吐,"
    "电梯也卡住了,里面还有两个人,物业电话打不通,你们快点派人来看看,我老婆带着孩子在楼下等,"
    "昨天就报修过了,说修好了,今天又是一屋子味道,"
)
SHORT = _SPOKEN[:40]
LONG = (_SPOKEN * 4)[:400]

Classify = Callable[[str], object]


def ours() -> Classify:
    shipped = reader.load(RULES)
    nothing = TextContext()
    return lambda text: decide(shipped.read(text, nothing), None)


def jieba_dictionary() -> Classify:
    import jieba

    jieba.setLogLevel(60)
    book = rulebook.load(RULES)
    concepts: dict[str, list[str]] = {}
    for key, rule in book.concepts.items():
        for term in rule["terms"]:
            concepts.setdefault(term, []).append(key)
    for term in [*concepts, *book.places]:
        jieba.add_word(term)
    jieba.initialize()
    return lambda text: [(word, concepts[word]) for word in jieba.cut(text) if word in concepts]


def tfidf() -> Classify:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    known = corpus.read_folder(RULES / "corpus")
    pipeline = make_pipeline(
        TfidfVectorizer(analyzer="char", ngram_range=(1, 4), min_df=2, sublinear_tf=True),
        LogisticRegression(C=10, max_iter=60),
    )
    pipeline.fit([item.text for item in known], [item.label for item in known])
    return lambda text: pipeline.predict_proba([text])


def timed(classify: Classify, text: str) -> list[float]:
    """Microseconds of each of CALLS calls; the text grows by a character towards its length."""
    out = []
    for number in range(CALLS):
        grown = text[: len(text) - (CALLS - 1 - number) % 20]
        began = time.perf_counter()
        classify(grown)
        out.append((time.perf_counter() - began) * 1e6)
    return out


def growing(classify: Classify, text: str) -> list[float]:
    """Microseconds of each of the last twenty characters of a call, for CALLS calls."""
    out = []
    for _ in range(CALLS):
        classify(text[:-20])
        for length in range(len(text) - 19, len(text) + 1):
            began = time.perf_counter()
            classify(text[:length])
            out.append((time.perf_counter() - began) * 1e6)
    return sorted(out)


def start_up() -> float:
    """Milliseconds to read the model file and make it ready; median of five."""
    analyser = reader.load(RULES).analyser
    text = (RULES / reader.MODEL_FILE).read_text("utf-8")
    out = []
    for _ in range(5):
        began = time.perf_counter()
        from_text(text, analyser.sounds)
        out.append((time.perf_counter() - began) * 1e3)
    return statistics.median(out)


def main() -> None:
    makers = {"ours": ours, "jieba + dictionary": jieba_dictionary, "sklearn TF-IDF": tfidf}
    ready: dict[str, Classify] = {}
    memory: dict[str, float] = {}
    built: dict[str, float] = {}
    for name, make in makers.items():
        gc.collect()
        tracemalloc.start()
        began = time.perf_counter()
        ready[name] = make()
        built[name] = (time.perf_counter() - began) * 1e3
        memory[name] = tracemalloc.get_traced_memory()[0] / 1e6
        tracemalloc.stop()
    print(f"Python {sys.version.split()[0]}, {ROUNDS} rounds of {CALLS} calls, in turn")
    print(f"{'':<22}{'characters':>11}{'median us':>11}{'p99 us':>9}{'ratio':>8}{'MB':>8}")
    for length, text in ((40, SHORT), (400, LONG)):
        samples: dict[str, list[list[float]]] = {name: [] for name in ready}
        for _ in range(ROUNDS):
            for name, classify in ready.items():
                samples[name].append(timed(classify, text))
        base = statistics.median(statistics.median(r) for r in samples["ours"])
        for name, rounds in samples.items():
            middle = statistics.median(statistics.median(r) for r in rounds)
            worst = statistics.median(sorted(r)[int(len(r) * 0.99)] for r in rounds)
            row = f"{name:<22}{length:>11}{middle:>11.0f}{worst:>9.0f}"
            print(row + f"{middle / base:>8.2f}{memory[name]:>8.1f}")
    alone = growing(ready["ours"], LONG)
    middle, worst = statistics.median(alone), alone[int(len(alone) * 0.99)]
    print(f"{'ours, growing, alone':<22}{len(LONG):>11}{middle:>11.0f}{worst:>9.0f}")
    print(f"model start-up {start_up():.0f} ms; build, traced: "
          + ", ".join(f"{name} {ms:.0f} ms" for name, ms in built.items()))  # fmt: skip


if __name__ == "__main__":
    main()
