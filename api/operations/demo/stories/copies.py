"""Ideas that were begun after a story: one has told what carried over, one is still trying."""

from api.operations.demo.script import Story, asked, said_yes, step

STORIES = (
    Story(
        key="gruenbisneun",
        owner="mehmet",
        title="Grün bis neun",
        summary="In zwei Häusern in Grünau drehen alle, die allein wohnen, morgens ein Schild auf Grün. Die Idee "
        "stammt aus Dresden, die Schilder malen bei uns Jugendliche.",
        problem="Im Elfgeschosser kennt man den Aufzug besser als die Nachbarn.",
        solution="Ein Schild an jeder Tür, das Jugendliche gestaltet haben, und je Haus jemand, der um neun durchgeht.",
        target_group="Alleinlebende Menschen in Leipzig-Grünau.",
        district="DED51",
        themes=("neighbourhood", "ageing", "youth"),
        after="klingelzeichen",
        steps=(
            step(112, "mehmet", "submit"),
            step(108, "yusuf", "shortlist", "In Dresden klappt es schon, das macht Mut."),
            asked(108, "jonas"),
            said_yes(105, "jonas"),
            step(98, "jonas", "agree_plan"),
            step(80, "mehmet", "submit_work"),
            step(76, "jonas", "approve_concept"),
            step(67, "jonas", "no_support_needed", "Farbe und Holz hat der Jugendclub."),
            step(39, "mehmet", "check_in", "38 Schilder hängen. Eines zeigt einen Drachen.", answer="on_track"),
            step(11, "mehmet", "check_in", "Das zweite Haus ist dabei.", answer="on_track"),
        ),
        copying=(
            step(109, "franziska", "agree", "Wie schön! Rufen Sie gern an, am besten nach dem Kaffee."),
            step(104, "franziska", "hand_on", "Unsere Vorlage für die Schilder und der Brief an die Genossenschaft."),
            step(40, "mehmet", "check_in", "38 Schilder hängen, die meisten sind morgens grün.", answer="on_track"),
            step(
                9,
                "mehmet",
                "report",
                "Die Liste im Treppenhaus wollte die Hausverwaltung nicht. Bei uns hängt sie jetzt im Waschkeller. Und "
                "seit Jugendliche die Schilder malen, will jeder eins.",
                carried={
                    "steps": "taken",
                    "people": "adapted",
                    "money": "taken",
                    "room": "adapted",
                    "permission": "failed",
                    "partners": "left_out",
                },
            ),
        ),
    ),
    Story(
        key="bauwagen",
        owner="pawel",
        title="Werkstatt im Bauwagen",
        summary="Einen Bus haben wir nicht, aber einen Bauwagen. Er steht je zwei Wochen an einer Schule, und drinnen "
        "wird gesägt und gelötet wie im Werkstattbus in Mittelsachsen.",
        problem="An drei Grundschulen bei Görlitz ist der Werkraum heute ein Lager.",
        solution="Ein Traktor zieht den Wagen von Schule zu Schule, ein Tischler und eine Elektrikerin leiten an.",
        target_group="Kinder der Klassen 3 und 4 im Landkreis Görlitz.",
        district="DED2D",
        themes=("youth", "education", "work"),
        after="werkstattbus",
        steps=(
            step(42, "pawel", "submit"),
            step(38, "carla", "shortlist"),
            asked(38, "ben"),
            said_yes(35, "ben"),
            step(25, "ben", "agree_plan", "Zuerst die Schulen fragen, dann den Bauhof."),
        ),
        copying=(
            step(39, "reinhard", "agree", "Bauwagen sind die besseren Busse. Wir helfen gern."),
            step(34, "reinhard", "hand_on", "Unsere Werkzeugliste, und was wir davon nie gebraucht haben."),
            step(8, "pawel", "check_in", "Der Wagen hat einen TÜV und eine neue Achse.", answer="on_track"),
        ),
    ),
)
