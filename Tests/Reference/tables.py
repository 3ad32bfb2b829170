"""Writes Tests/Fixtures/tables.json: what scikit-learn makes of columns of numbers and texts.

Run with scikit-learn 1.9 and NumPy 2:  python3 Tests/Reference/tables.py
"""
import json
import pathlib

import numpy
from sklearn.feature_extraction import FeatureHasher
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler, TargetEncoder
from sklearn.utils.murmurhash import murmurhash3_32

generator = numpy.random.default_rng(3)
count = 83
cities = numpy.array(["Berlin", "Aachen", "Zürich", "Ulm", "São Paulo"])
city = cities[numpy.minimum(generator.geometric(0.4, count) - 1, 4)]
words = ["sea", "see", "Sea", "a", "house", "old", "OLD", "x_1", "été", "Straße", "42", "i'm", "don't", "ß"]
texts = [" ".join(generator.choice(words, generator.integers(0, 9))) for _ in range(count)]
texts[7] = "one,two;THREE--four\n five\tsix"
area = (generator.normal(size=count) * 30 + 90).astype("float32")
rooms = generator.integers(1, 7, count).astype("float32")
missing = rooms.copy()
missing[generator.random(count) < 0.2] = numpy.nan
size = numpy.array(["small", "medium", "large"])[generator.integers(0, 3, count)]
target = (area * 2 + rooms + (city == "Ulm") * 40 + generator.normal(size=count)).astype("float32")

column = city.reshape(-1, 1)
hashes = FeatureHasher(8).transform(
    [{"city": str(c), "rooms": float(r)} for c, r in zip(city, rooms)]).toarray()
counts = CountVectorizer().fit(texts)
pairs = CountVectorizer(ngram_range=(1, 2), min_df=2, max_features=12).fit(texts)
case = CountVectorizer(lowercase=False, min_df=0.05).fit(texts)
weighed = TfidfVectorizer().fit(texts)
plain = TfidfVectorizer(smooth_idf=False, norm="l1").fit(texts)


def sequence(vocabulary_size, length):
    """Numbers of tokens as Keras' TextVectorization gives them, ties by the alphabet."""
    analyze = CountVectorizer(token_pattern=r"(?u)\b\w+\b").build_analyzer()
    total = {}
    for text in texts:
        for token in analyze(text):
            total[token] = total.get(token, 0) + 1
    order = sorted(total, key=lambda token: (-total[token], token))[:vocabulary_size - 2]
    numbers = {token: index + 2 for index, token in enumerate(order)}
    rows = []
    for text in texts:
        row = [numbers.get(token, 1) for token in analyze(text)][:length]
        rows.append(row + [0] * (length - len(row)))
    return rows


def smooth(value):
    """Each city's code, as for rows that were not fitted to."""
    return TargetEncoder(smooth=value, target_type="continuous").fit(column, target).transform(column)


frequency = sorted(set(city), key=lambda c: (-int((city == c).sum()), c))
reference = {
    "city": city.tolist(), "text": texts, "size": size.tolist(),
    "area": area.tolist(), "rooms": rooms.tolist(), "target": target.tolist(),
    "missing": [None if numpy.isnan(x) else float(x) for x in missing],
    "index": [frequency.index(c) for c in city],
    "alphabetical": OrdinalEncoder().fit_transform(column).ravel().tolist(),
    "ordinal": OrdinalEncoder(categories=[["small", "medium", "large"]])
    .fit_transform(size.reshape(-1, 1)).ravel().tolist(),
    "one_hot": OneHotEncoder(sparse_output=False).fit_transform(column).ravel().tolist(),
    "target_auto": smooth("auto").ravel().tolist(), "target_10": smooth(10.0).ravel().tolist(),
    "hash": hashes.ravel().tolist(),
    "terms": counts.get_feature_names_out().tolist(),
    "count": counts.transform(texts).toarray().ravel().tolist(),
    "pair_terms": pairs.get_feature_names_out().tolist(),
    "pairs": pairs.transform(texts).toarray().ravel().tolist(),
    "case": case.transform(texts).toarray().ravel().tolist(),
    "tf_idf": weighed.transform(texts).toarray().ravel().tolist(),
    "tf_idf_plain": plain.transform(texts).toarray().ravel().tolist(),
    "sequence": [x for row in sequence(8, 5) for x in row],
    "scaled": StandardScaler().fit_transform(numpy.column_stack([area, rooms]).astype("float64"))
    .ravel().tolist(),
    "imputed": SimpleImputer().fit_transform(missing.reshape(-1, 1).astype("float64")).ravel().tolist(),
    "most_frequent_city": frequency[0],
    "ratio": (area.astype("float64") / (rooms + 1) - numpy.log1p(rooms) ** 2).tolist(),
    "murmur3": {word: int(murmurhash3_32(word, seed=0)) for word in ["", "a", "ab", "abc", "abcd", "Zürich", "hello, world"]},
}
path = pathlib.Path(__file__).parent.parent / "Fixtures/tables.json"
path.write_text(json.dumps(reference) + "\n")
