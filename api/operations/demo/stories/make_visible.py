"""Ideas whose story is being written."""

from api.operations.demo.script import Story, asked, said_yes, step

MARKET = {
    "teaser": "Zwischen Käse und Kartoffeln darf man alles über das Handy fragen. Auszubildende antworten.",
    "steps": "Mit der Marktleitung einen Platz ausmachen, möglichst neben dem Bäcker.\n"
    "Zwei Auszubildende je Samstag einteilen, nie jemanden allein.\n"
    "Jede Antwort als Kärtchen mitgeben.",
    "people": "Zwei Auszubildende am Samstag von acht bis zwölf und jemand, der einteilt.",
    "money": "40 Euro im Monat, das meiste davon ist Kuchen.",
    "room": "Zwei Meter Marktplatz und ein Sonnenschirm.",
    "permission": "Die Marktleitung hat uns kostenlos zugelassen.",
    "partners": "Der Gewerbeverein, drei Betriebe, die ihre Auszubildenden schicken.",
    "went_wrong": "Am ersten Samstag stand „Digitalsprechstunde“ auf dem Schild, und niemand kam.",
    "changed": "Die meisten Fragen dauern drei Minuten. Die Gespräche danach dauern länger.",
}
QUESTIONS = ({"what": "Beantwortete Fragen in drei Monaten", "value": "412", "provenance": "counted"},)

STORIES = (
    Story(
        key="cafehandzeichen",
        owner="lena",
        title="Café Handzeichen",
        summary="Im Café Handzeichen bestellt man mit den Händen. Gehörlose und hörende Menschen arbeiten "
        "zusammen, und auf jedem Tisch liegt eine Karte mit den wichtigsten Gebärden.",
        problem="Gehörlose Menschen finden im Service kaum Arbeit, und hörende Menschen haben selten "
        "Gelegenheit, ihnen zu begegnen.",
        solution="Ein Café mit acht Tischen, einem Team aus gehörlosen und hörenden Menschen und einem "
        "Gebärdentreff am Montagabend.",
        target_group="Gehörlose Menschen auf Arbeitssuche und alle, die in Chemnitz gern Kaffee trinken.",
        district="DED41",
        themes=("inclusion", "work", "culture"),
        steps=(
            step(240, "lena", "submit"),
            step(235, "henriette", "shortlist"),
            asked(235, "marlene"),
            said_yes(232, "marlene"),
            step(225, "marlene", "agree_plan"),
            step(205, "lena", "submit_work"),
            step(200, "marlene", "approve_concept", "Das Konzept hat Hand und Fuß, vor allem Hand."),
            step(192, "marlene", "request_support", "Gesucht wird eine Gebärdensprachdolmetscherin für die Eröffnung."),
            step(178, "henriette", "arrange", "Der Landesverband vermittelt jemanden für zwei Tage."),
            step(160, "lena", "confirm_use", "Die Eröffnung war wunderbar still und sehr lustig."),
            step(152, "marlene", "no_support_needed"),
            step(124, "lena", "check_in", "Am Montagabend reichen die Stühle nicht mehr.", answer="on_track"),
            step(96, "lena", "check_in", "Zwei Kolleginnen haben feste Verträge bekommen.", answer="on_track"),
            step(68, "lena", "check_in", "Das Café trägt sich fast.", answer="on_track"),
            step(50, "lena", "check_in", "Seit dieser Woche trägt sich das Café.", answer="done"),
            step(
                38,
                "marlene",
                "conclude",
                "Fünf Arbeitsplätze, davon drei für gehörlose Menschen, und im Viertel grüßt man sich mit den Händen.",
            ),
            step(
                20,
                "lena",
                "submit_story",
                words={
                    "steps": "Acht Tische, eine Karte mit zwölf Gebärden auf jedem.\n"
                    "Bestellt wird mit den Händen, wer mag, zeigt auf die Karte.\n"
                    "Montags ist Gebärdentreff.",
                    "changed": "Montags ist es bei uns am leisesten und am vollsten. Dann üben Nachbarn Gebärden, und "
                    "spätestens beim Wort für „Schlagsahne“ lachen alle.",
                },
                effort="years",
            ),
            step(
                13,
                "henriette",
                "request_changes",
                "Wir möchten am liebsten sofort vorbeikommen! Könnten Sie noch erzählen, was am Anfang schiefging? "
                "Daraus lernen andere am meisten.",
            ),
            step(6, "marlene", "write_note", "Der Text ist fast fertig, wir haben gestern telefoniert.", internal=True),
            step(5, "lena", "snooze", until=4),
        ),
    ),
    Story(
        key="digitallotsen",
        owner="tom",
        title="Digitallotsen auf dem Wochenmarkt",
        summary="Zwischen Käse und Kartoffeln steht ein Stand, an dem man alles fragen darf, was mit dem Handy "
        "zu tun hat. Die Antworten geben Auszubildende.",
        problem="Hilfe mit dem Handy gibt es in Kursen, aber die Fragen kommen im Alltag, beim Warten, beim Einkaufen.",
        solution="Zwei Auszubildende, ein Sonnenschirm, ein Schild: „Zeigen Sie mal her.“ Wer möchte, bekommt "
        "die Antwort als Kärtchen mit nach Hause.",
        target_group="Menschen, die auf dem Markt in Grimma einkaufen, und Auszubildende aus der Region.",
        district="DED52",
        themes=("digital", "education", "ageing"),
        steps=(
            step(215, "tom", "submit"),
            step(211, "yusuf", "shortlist"),
            asked(211, "jonas"),
            said_yes(209, "jonas"),
            step(202, "jonas", "agree_plan"),
            step(186, "tom", "submit_work"),
            step(182, "jonas", "approve_concept", "„Zeigen Sie mal her“ ist der beste Name für eine Sprechstunde."),
            step(175, "jonas", "no_support_needed", "Den Schirm stellt der Markt."),
            step(147, "tom", "check_in", "Am ersten Samstag 34 Fragen, davon elf zu Fotos.", answer="on_track"),
            step(119, "tom", "check_in", "Drei Betriebe schicken jetzt ihre Auszubildenden.", answer="on_track"),
            step(91, "tom", "check_in", "Der Stand läuft ohne uns weiter.", answer="done"),
            step(82, "jonas", "conclude", "412 Fragen in drei Monaten. Der Gewerbeverein führt den Stand weiter."),
            step(66, "tom", "submit_story", words=MARKET | {"money": ""}, outcomes=QUESTIONS, effort="evenings"),
            step(62, "yusuf", "request_changes", "Sehr schön! Bitte noch ein Satz, was der Stand im Monat kostet."),
            step(12, "tom", "submit_story", words=MARKET, outcomes=QUESTIONS, effort="evenings"),
            step(7, "yusuf", "approve_story", "So möchten wir es zeigen. Sind Sie einverstanden?"),
        ),
    ),
)
