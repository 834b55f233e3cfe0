"""Ideas that need a particular kind of help."""

from api.operations.demo.script import Story, asked, fund, said_yes, step

STORIES = (
    Story(
        key="dreigenerationen",
        owner="gudrun",
        title="Drei Generationen, ein Hof",
        summary="Ein leerer Vierseithof im Landkreis Meißen wird zum gemeinsamen Zuhause für Jung und Alt. Jede "
        "Wohnung ist für sich, Küche und Garten sind für alle.",
        problem="Alte Menschen ziehen ungern aus dem Dorf weg, junge Familien finden dort keine Wohnung. Beide "
        "fühlen sich mit dem, was sie schaffen müssen, oft allein.",
        solution="Acht Haushalte gründen eine Genossenschaft und bauen den Hof in zwei Abschnitten um. Wer Zeit hat, "
        "hilft: beim Babysitten, beim Einkauf, beim Apfelpressen.",
        target_group="Menschen zwischen 0 und 90, die in der Lommatzscher Pflege gemeinschaftlich wohnen möchten.",
        district="DED2E",
        themes=("housing", "ageing", "neighbourhood"),
        steps=(
            step(150, "gudrun", "submit"),
            step(144, "carla", "shortlist", "Gemeinschaftliches Wohnen auf dem Land: sehr gern."),
            asked(144, "ben"),
            said_yes(141, "ben"),
            step(133, "ben", "agree_plan", "Wir schreiben zuerst auf, was gemeinsam ist und was privat bleibt."),
            step(133, "ben", "plan", "Alle acht Haushalte nach ihren Wünschen fragen", task=1, until=-108),
            step(112, "gudrun", "finish_task", task=1),
            step(98, "gudrun", "submit_work", "Unser Konzept mit Grundriss. Am Garten haben wir am längsten geredet."),
            step(94, "ben", "approve_concept", "Ein rundes Konzept. Jetzt geht es um die Rechtsform und das Geld."),
            step(
                84,
                "ben",
                "request_support",
                "Gebraucht wird eine Beratung zur Gründung der Genossenschaft, dazu ein Kontakt zu einer Bank, die "
                "solche Vorhaben kennt.",
            ),
            step(
                70,
                "carla",
                "arrange",
                "Der Verband der Wohnprojekte berät Sie zu Rechtsform und Erbbaurecht, die ersten vier Stunden "
                "sind kostenfrei.",
            ),
            step(26, "gudrun", "confirm_use", "Die Beratung war Gold wert. Die Satzung steht im Entwurf."),
            step(24, "gudrun", "start_crowdfunding"),
            fund(19, "gudrun", "edit"),
            step(
                16,
                "ben",
                "request_support",
                "Als Nächstes fehlt jemand, der den Umbau in zwei Abschnitten durchrechnet, am besten mit Erfahrung "
                "in alten Höfen.",
            ),
            fund(9, "gudrun", "edit", whole=True),
            fund(8, "gudrun", "pack"),
            step(
                6,
                "carla",
                "write_note",
                "Zwei Architekturbüros sind angefragt, eines hat abgesagt. Antwort des zweiten kommt nächste Woche.",
                internal=True,
            ),
            fund(2, "gudrun", "confirm"),
        ),
    ),
    Story(
        key="nachbarschaftslabor",
        owner="nadia",
        title="Nachbarschaftslabor Grünau",
        summary="Ein leerer Laden wird zum Labor: Drei Monate lang probieren die Leute im Plattenbauviertel "
        "aus, was sie im Alltag verbessern möchten, und behalten, was funktioniert.",
        problem="Ideen für das Viertel entstehen oft am Schreibtisch. Wer dort wohnt, wird am Ende gefragt, "
        "wenn schon alles entschieden ist.",
        solution="Jede Woche hängt eine Frage im Schaufenster. Aus den Antworten wird ein kleiner Versuch: ein "
        "Werkzeugregal, eine Hausaufgabenbank, ein Fahrdienst zum Arzt.",
        target_group="Alle, die in Leipzig-Grünau wohnen, besonders die, die sonst nicht zu Versammlungen gehen.",
        district="DED51",
        themes=("neighbourhood", "migration"),
        steps=(
            step(118, "nadia", "submit"),
            step(113, "yusuf", "shortlist"),
            asked(113, "mai"),
            said_yes(110, "mai"),
            step(103, "mai", "agree_plan", "Wir planen drei Monate mit zwölf Versuchen."),
            step(103, "mai", "plan", "Vermieter des Ladens ansprechen", task=1, until=-80),
            step(86, "nadia", "finish_task", task=1),
            step(79, "nadia", "submit_work", "Das Konzept und die ersten fünf Fragen fürs Schaufenster."),
            step(75, "mai", "approve_concept", "Die Fragen sind großartig. Los geht es."),
            step(68, "mai", "request_support", "Es fehlen Möbel für den Laden und ein Schlüssel zur Hausverwaltung."),
            step(
                55,
                "yusuf",
                "arrange",
                "Das Büro leiht Tische, Stühle und eine Stellwand für sechs Monate. Bei der Hausverwaltung erreichen "
                "Sie die Abteilung Quartier.",
            ),
            step(26, "nadia", "write_note", "Die Möbel stehen. Die Stellwand ist schon voll mit Zetteln."),
            step(9, "nadia", "start_crowdfunding"),
            fund(6, "nadia", "edit"),
        ),
    ),
)
