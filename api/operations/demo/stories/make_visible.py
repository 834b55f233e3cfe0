"""Ideas whose story is being written, and two that have been published."""

from api.operations.demo.script import Story, asked, said_yes, step
from models.vocabulary import Shown

NAMED = (Shown.NAME, Shown.CONTACT)

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

SIGNS = {
    "problem": "In unserem Haus lag eine Nachbarin zwei Tage lang in ihrer Wohnung, und niemand hatte es bemerkt. Sie "
    "ist wieder gesund, aber uns ließ das nicht los.",
    "steps": "Im Treppenhaus zum Kaffee einladen und die Idee erzählen.\n"
    "Je Aufgang zwei Menschen finden, die hinschauen.\n"
    "Schilder austeilen: Morgens dreht man sie von Rot auf Grün.\n"
    "Ist ein Schild um elf noch rot, klingelt jemand.\n"
    "Einmal im Monat Kaffee für das ganze Haus.",
    "people": "Zwei Menschen je Aufgang, eine Viertelstunde am Vormittag.",
    "money": "90 Euro für die Schilder eines Hauses.",
    "room": "Ein Treppenhaus.",
    "permission": "Die Wohnungsgenossenschaft hat der Liste im Treppenhaus zugestimmt.",
    "partners": "Die Werkstatt für Menschen mit Behinderung druckt die Schilder zum Selbstkostenpreis.",
    "went_wrong": "Am Anfang fühlten sich manche beobachtet. Seit wir dazusagen, dass niemand mitmachen muss, machen "
    "fast alle mit.",
    "changed": "Vier Mal kam Hilfe gerade rechtzeitig. Meistens aber hat man das Schild einfach vergessen und trinkt "
    "dann zusammen einen Kaffee. Das Schild ist nur der Anlass: Klingeln kann man nur bei jemandem, dessen Namen man "
    "kennt.",
    "easy_language": "Viele Menschen wohnen allein.\nWenn sie Hilfe brauchen, merkt es oft niemand.\n"
    "Deshalb hängt an jeder Tür ein Schild.\nAm Morgen dreht man das Schild auf Grün.\n"
    "Ist das Schild um 11 Uhr noch rot?\nDann klingelt ein Nachbar.",
    "title_en": "Doorbell signs: neighbours who look in",
    "teaser_en": "Whoever lives alone turns a sign at the door each morning. Where it stays red, a neighbour rings.",
    "steps_en": "Invite everybody to coffee in the stairwell.\nFind two people for each staircase.\n"
    "Hand out the signs: each morning they are turned from red to green.\n"
    "Where one is still red at eleven, somebody rings.\nOnce a month, coffee for the whole house.",
    "changed_en": "Four times help came just in time. Mostly, the sign was simply forgotten, and you have a coffee "
    "together.",
}
HELPED = (
    {"what": "Haushalte, die mitmachen", "value": "140", "provenance": "counted"},
    {"what": "Hilfe kam rechtzeitig", "value": "4", "unit": "Mal", "provenance": "self_reported"},
)

BUS = {
    "problem": "Kleine Schulen haben keinen Werkraum mehr, und die Betriebe in der Nähe suchen Auszubildende.",
    "steps": "Einen alten Linienbus finden und die Sitze gegen Werkbänke tauschen.\n"
    "Menschen fragen, die vierzig Jahre im Handwerk gearbeitet haben.\n"
    "Eine Woche je Schule: Am Montag trauen sich die Kinder kaum an die Bohrmaschine, am Freitag erklären sie ihren "
    "Eltern, wie man eine Platine lötet.",
    "people": "Zwei, die fahren, und je Woche vier, die anleiten.",
    "money": "11.000 Euro im Jahr für Versicherung, Prüfung und Diesel.",
    "room": "Ein Schulhof, und nachts ein Betriebshof.",
    "permission": "Hauptuntersuchung und eine Versicherung, die Werkzeug im Bus kennt.",
    "partners": "Ein Busunternehmen aus Freiberg, die Innung, der Landkreis.",
    "went_wrong": "Einmal blieb der Bus liegen. Das war der wichtigste Tag, denn an ihm hat die ganze Innung "
    "mitgeholfen, und seitdem gehört der Bus allen ein bisschen.",
    "changed": "Der Bus sollte verschrottet werden. Heute riecht er nach Holz und Lötzinn. Vier Jugendliche haben "
    "einen Lehrvertrag unterschrieben, und der Landkreis bezahlt den Diesel weiter.",
}
TAUGHT = (
    {"what": "Schulen", "value": "11", "provenance": "counted"},
    {"what": "Kinder", "value": "640", "provenance": "counted"},
    {"what": "Lehrverträge", "value": "4", "provenance": "documented"},
)

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
    Story(
        key="klingelzeichen",
        owner="franziska",
        title="Klingelzeichen: Nachbarn, die kurz vorbeischauen",
        summary="Wer allein lebt, hängt morgens ein Schild an die Tür. Fehlt es, klingelt jemand aus dem Haus. "
        "So einfach, und es wirkt.",
        problem="In großen Häusern merkt oft niemand, wenn es jemandem nicht gut geht.",
        solution="Ein Schild, eine Liste im Treppenhaus und in jedem Aufgang zwei Menschen, die hinschauen. "
        "Einmal im Monat gibt es Kaffee für das ganze Haus.",
        target_group="Alleinlebende Menschen in Dresden-Prohlis und ihre Nachbarschaft.",
        district="DED21",
        themes=("neighbourhood", "ageing", "care"),
        steps=(
            step(330, "franziska", "submit"),
            step(325, "carla", "shortlist", "Eine kleine Idee mit großer Wirkung."),
            asked(325, "ben"),
            said_yes(323, "ben"),
            step(316, "ben", "agree_plan"),
            step(298, "franziska", "submit_work"),
            step(294, "ben", "approve_concept"),
            step(286, "ben", "request_support", "Wir brauchen eine Druckerei für 300 Türschilder."),
            step(
                275, "carla", "arrange", "Die Werkstatt für Menschen mit Behinderung druckt sie zum Selbstkostenpreis."
            ),
            step(258, "franziska", "confirm_use", "Alle Schilder hängen."),
            step(250, "ben", "no_support_needed"),
            step(222, "franziska", "check_in", "Zwei Häuser machen schon mit.", answer="on_track"),
            step(194, "franziska", "check_in", "Jetzt sind es sieben Aufgänge.", answer="on_track"),
            step(166, "franziska", "check_in", "Die Wohnungsgenossenschaft übernimmt die Idee.", answer="done"),
            step(158, "ben", "conclude", "140 Haushalte, vier Mal kam Hilfe rechtzeitig."),
            step(144, "franziska", "submit_story", words=SIGNS, outcomes=HELPED, effort="weeks"),
            step(140, "carla", "approve_story"),
            step(
                136,
                "franziska",
                "consent",
                "Sehr gern! Wir freuen uns über alle, die es nachmachen.",
                shows=NAMED,
                licence="cc_by",
            ),
        ),
    ),
    Story(
        key="werkstattbus",
        owner="reinhard",
        title="Werkstattbus für Schulen auf dem Land",
        summary="Ein ausgedienter Linienbus voller Werkzeug fährt zu kleinen Schulen. Kinder sägen, löten und "
        "nähen, und Handwerksbetriebe lernen ihren Nachwuchs kennen.",
        problem="Kleine Schulen haben keinen Werkraum mehr. Die Betriebe in der Nähe suchen zugleich Auszubildende.",
        solution="Der Bus steht je eine Woche auf dem Schulhof. Rentnerinnen und Rentner aus dem Handwerk leiten an, "
        "Betriebe bringen Material mit.",
        target_group="Kinder der Klassen 3 bis 8 in Mittelsachsen.",
        district="DED43",
        themes=("youth", "education", "work"),
        steps=(
            step(360, "reinhard", "submit"),
            step(356, "henriette", "request_clarification", "Wer fährt den Bus, und wo steht er über Nacht?"),
            step(
                351, "reinhard", "clarify", "Zwei frühere Busfahrer wechseln sich ab. Nachts steht er im Betriebshof."
            ),
            step(347, "henriette", "shortlist"),
            asked(347, "oskar"),
            said_yes(345, "oskar"),
            step(338, "oskar", "agree_plan"),
            step(318, "reinhard", "submit_work"),
            step(314, "oskar", "approve_concept"),
            step(306, "oskar", "request_support", "Der Bus braucht eine neue Hauptuntersuchung und eine Versicherung."),
            step(290, "henriette", "arrange", "Ein Busunternehmen aus Freiberg übernimmt beides für ein Jahr."),
            step(262, "reinhard", "confirm_use", "Der Bus ist durch die Prüfung, sogar die Hupe geht."),
            step(254, "oskar", "no_support_needed"),
            step(226, "reinhard", "check_in", "Drei Schulen, 120 Vogelhäuser.", answer="on_track"),
            step(198, "reinhard", "check_in", "Das Getriebe ist kaputt.", answer="needs_help"),
            step(196, "oskar", "give_help", "Der Innungsmeister hat ein gebrauchtes Getriebe und baut es ein."),
            step(168, "reinhard", "check_in", "Er fährt wieder, fünf Schulen stehen auf der Liste.", answer="on_track"),
            step(140, "reinhard", "check_in", "Der Landkreis nimmt den Bus in seinen Haushalt auf.", answer="done"),
            step(132, "oskar", "conclude", "Elf Schulen, 640 Kinder, vier Lehrverträge."),
            step(118, "reinhard", "submit_story", words=BUS, outcomes=TAUGHT, effort="months"),
            step(114, "henriette", "approve_story"),
            step(110, "reinhard", "consent"),
        ),
    ),
)
