"""What is not English is told from what is, and the reader says so."""

from pathlib import Path

import pytest

from bot.model import FIRM
from bot.reader import read
from bot.recaps.language import NOT_ENGLISH, is_english
from bot.recaps.reading import NotARecap

SEEDS = sorted((Path(__file__).parent.parent / "seeds").glob("0*.txt"))
GERMAN = """# Kolla PTG Zusammenfassung, Mai 2021

Wir haben uns in Denver zum Summit getroffen und viel besprochen.

## Bilder

Wir haben beschlossen, CentOS 8 im nächsten Zyklus zu entfernen. Anna wird die Dokumentation schreiben.
Offen ist, wer die Tests pflegt. Sollen wir die alten Treiber behalten?
"""
FOREIGN = {
    "Chinese": "# Kolla PTG 总结 2021年5月\n\n我们决定在下一个周期移除 CentOS 8。安娜将编写文档。",
    "Danish": "Det blev besluttet, at vi skal have en ny udgave for serveren. Anna vil skrive den, og det er godt.",
    "French": "Nous avons décidé de retirer les pilotes. Anna va écrire la documentation pour les utilisateurs.",
    "German": GERMAN,
    "Polish": "Postanowiono, że stare sterowniki nie zostaną, by to uprościć. Anna napisze dokumentację oraz testy.",
    "Portuguese": "Decidimos remover as imagens no próximo ciclo. Não foi dito quem mantém uma parte dos testes.",
    "Spanish": "Se decidió quitar los controladores en el próximo ciclo. Queda por ver quién mantiene las pruebas.",
}


@pytest.mark.parametrize("text", FOREIGN.values(), ids=FOREIGN)
def test_other_languages_are_told(text: str) -> None:
    """By their commonest words, or by letters that are not Latin."""
    assert not is_english(text)


@pytest.mark.parametrize("path", SEEDS, ids=lambda path: path.name)
def test_a_recap_in_english_is_english(path: Path) -> None:
    """However many names and abbreviations it has."""
    assert is_english(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("text", ["", "Kolla: drop C8, CI red", "Jan de Vries, Ana von der Au, Bo van der Hof, La Le"])
def test_what_is_too_short_to_tell_counts_as_english(text: str) -> None:
    """A few names and abbreviations are no other language."""
    assert is_english(text)


def test_a_recap_in_another_language_gives_hardly_an_item_and_a_remark() -> None:
    """It is read where it speaks of a gathering by an English word, as "Summit" is one in German too."""
    (recap,) = read(GERMAN.encode(), "de.md")
    assert sum(item.confidence >= FIRM for item in recap.items) <= 1
    assert recap.remark == NOT_ENGLISH
    assert [recap.remark for recap in read(SEEDS[0].read_bytes(), "en.txt", encoder=False)] == [""]


@pytest.mark.parametrize(
    "text",
    [GERMAN.replace("PTG", "").replace("Summit", "Treffen"), FOREIGN["Chinese"]],
    ids=["German", "Chinese"],
)
def test_a_text_in_another_language_that_names_no_gathering_is_refused_for_its_language(text: str) -> None:
    """Not because it speaks of none: nobody has read whether it does."""
    with pytest.raises(NotARecap, match=NOT_ENGLISH):
        read(text.encode(), "other.md")
