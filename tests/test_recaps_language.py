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
    "Czech": "Bylo dohodnuto, že se staré ovladače odstraní. Anna bude psát dokumentaci, byl to její návrh.",
    "Danish": "Det blev besluttet, at vi skal have en ny udgave. Anna vil skrive den, og det er godt for os.",
    "Dutch": "We hebben besloten om het oude weg te doen. Anna schrijft een verslag voor wie er niet was.",
    "Finnish": "Päätettiin, että vanhat ajurit poistetaan ja uudet ovat oletus. Anna kirjoittaa ohjeen, ei muuta.",
    "French": "Nous avons décidé de retirer les pilotes. Anna va écrire la documentation pour les utilisateurs.",
    "German": GERMAN,
    "Italian": "Abbiamo deciso che le immagini sono da togliere. Anna scrive la guida, che non è della versione nuova.",
    "Polish": "Postanowiono, że stare sterowniki się usunie. Anna napisze dokumentację oraz testy, to jest pewne.",
    "Portuguese": "Foi decidido remover as imagens em Lisboa. Não foi dito quem mantém uma parte; são muitas.",
    "Russian": "Мы решили удалить CentOS 8 в следующем цикле. Анна напишет документацию.",
    "Spanish": "Se decidió quitar las imágenes por una razón. Anna escribe como siempre, para las pruebas fue así.",
    "Swedish": "Det beslutades att ta bort det gamla och att Anna skriver en text som är klar på fredag, inte senare.",
}
ENGLISH = {
    "nothing": "",
    "names": "- Dan to fix CI, Ale to help, met Jan de Vries, Luc van het Hof and Ana von der Au; MIT, EST\n" * 3,
    "telegraphic": "Kolla: drop C8, CI red, op lists DI; vi mode, se linux; il8n, 3 PM EST, 4 PM EST, 5 PM EST",
    "quoting": "We talked about what the German users said, that this is hard: das ist nicht so. They will send a log.",
}


@pytest.mark.parametrize("text", FOREIGN.values(), ids=FOREIGN)
def test_other_languages_are_told(text: str) -> None:
    """By their commonest words, or by letters that are not Latin."""
    assert not is_english(text)


@pytest.mark.parametrize("path", SEEDS, ids=lambda path: path.name)
def test_a_recap_in_english_is_english(path: Path) -> None:
    """However many names and abbreviations it has."""
    assert is_english(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("text", ENGLISH.values(), ids=ENGLISH)
def test_names_abbreviations_and_a_quotation_are_no_other_language(text: str) -> None:
    """A few words that another language has too do not make a text foreign."""
    assert is_english(text)


def test_a_recap_in_another_language_gives_hardly_an_item_and_a_remark() -> None:
    """It is read where it speaks of a gathering by an English word, as "Summit" is one in German too."""
    (recap,) = read(GERMAN.encode(), "de.md")
    assert sum(item.confidence >= FIRM for item in recap.items) <= 1
    assert recap.remark == NOT_ENGLISH
    page = "<style>" + "p {margin: 0} " * 1000 + "</style>" + "".join(f"<p>{line}</p>" for line in GERMAN.splitlines())
    assert [recap.remark for recap in read(f"<html>{page}</html>".encode(), "de.html")] == [NOT_ENGLISH]
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
