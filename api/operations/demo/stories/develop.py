"""Ideas that are becoming concepts."""

from api.operations.demo.accounts import IVANA_IS_BACK_IN
from api.operations.demo.script import ENGINE, Story, asked, nobody_left, said_no, said_yes, step
from models.vocabulary import Role, Share

STORIES = (
    Story(
        key="feuerwehrhaus",
        owner="alma",
        title="Beratung im Feuerwehrhaus",
        summary="Einmal in der Woche wird das Feuerwehrhaus zur Beratungsstelle: Schulden, Pflege, Familie, Anträge. "
        "Die Beraterinnen kommen ins Dorf, nicht umgekehrt.",
        problem="Aus unseren Dörfern fährt der letzte Bus am Nachmittag zurück. Wer Rat braucht, muss sich einen Tag "
        "frei nehmen oder gibt auf, bevor die Frage gestellt ist.",
        solution="Vier Beratungsstellen wechseln sich ab und sind jeden Mittwochabend in einem anderen "
        "Feuerwehrhaus. Im Gemeindeblatt steht der Plan. Wer nicht gesehen werden möchte, kommt durch die "
        "Gerätehalle.",
        target_group="Menschen in den Dörfern des Landkreises Görlitz, die Rat suchen und kein Auto haben.",
        district="DED2D",
        themes=("counselling", "care"),
        invited=((4, "theo.winkler@example.org", Share.COLLABORATOR),),
        steps=(
            step(22, "alma", "submit"),
            step(14, "carla", "shortlist", "Genau so etwas fehlt im Landkreis."),
            asked(14, "ivana"),
            said_yes(9, "ivana"),
            step(5, ENGINE, "cover_coach", until=IVANA_IS_BACK_IN + 1, coach="ben"),
            step(
                2,
                "ben",
                "write_note",
                "Guten Tag, ich vertrete Ivana bis zu ihrer Rückkehr. Passt Ihnen ein Telefonat noch in dieser "
                "Woche? Dann legen wir die ersten Schritte fest.",
            ),
        ),
    ),
    Story(
        key="pflegegrenze",
        owner="pawel",
        title="Pflege kennt keine Grenze",
        summary="Deutsche und polnische Pflegekräfte in Görlitz und Zgorzelec lernen voneinander und helfen "
        "Familien, die auf beiden Seiten der Neiße leben.",
        problem="Viele Familien haben Angehörige auf beiden Seiten der Grenze. Wer pflegt, steht vor zwei "
        "Sprachen, zwei Krankenkassen und zwei Arten, Hilfe zu beantragen.",
        solution="Ein zweisprachiger Pflegestammtisch, ein Heft mit den wichtigsten Wörtern und Wegen, und Patinnen, "
        "die bei Anträgen auf beiden Seiten helfen.",
        target_group="Pflegende Angehörige und Pflegekräfte in der Doppelstadt.",
        district="DED2D",
        themes=("care", "migration"),
        steps=(
            step(70, "pawel", "submit"),
            step(64, "carla", "shortlist"),
            asked(64, "ivana"),
            said_no(61, "ivana", "better_match", "Ben kennt sich mit Pflege viel besser aus."),
            asked(61, "ben"),
            said_yes(59, "ben"),
            step(
                52,
                "ben",
                "agree_plan",
                "Wir beginnen mit dem Stammtisch und sammeln dort, welche Fragen am häufigsten sind. Daraus "
                "wird das Heft.",
            ),
            step(52, "ben", "plan", "Ersten Stammtisch auf beiden Seiten der Neiße ankündigen", task=1, until=-30),
            step(52, "ben", "plan", "Drei Pflegedienste fragen, ob sie mitmachen", task=2, until=-14),
            step(33, "pawel", "finish_task", task=1),
            step(
                33,
                "pawel",
                "write_note",
                "Beim ersten Stammtisch waren 17 Leute, wir hatten mit acht gerechnet. Die Stühle mussten wir "
                "aus der Bibliothek holen.",
            ),
            step(30, ENGINE, "join_team", member="nadia", share=Share.COLLABORATOR),
            step(29, ENGINE, "join_team", member="tom", share=Share.OBSERVER),
            step(
                20,
                "pawel",
                "ask",
                "Dürfen wir im Heft auch polnische Ansprechpartner nennen?",
                task=5,
                until=-15,
                assignee=Role.COACH,
            ),
            step(18, "ben", "write_note", "Ja, wenn sie vorher zugestimmt haben. Ein Satz per Mail genügt.", task=5),
            step(17, "nadia", "finish_task", task=2),
            step(11, "ben", "plan", "Wörterheft: die 50 wichtigsten Wörter auswählen", task=3, until=9),
            step(11, "pawel", "plan", "Kosten für den Druck erfragen", task=4, until=16),
            step(10, "pawel", "write_note", "Die Druckerei in Görlitz meldet sich bis Freitag.", task=4),
            step(
                6,
                "ben",
                "write_note",
                "Für den Druck könnte die Euroregion in Frage kommen. Erst erwähnen, wenn die Wörter stehen.",
                internal=True,
            ),
            step(
                3,
                "ben",
                "ask",
                "Wie viele Hefte brauchen Sie für das erste halbe Jahr? Dann frage ich nach Preisen.",
                task=6,
                until=4,
                assignee=Role.INNOVATOR,
            ),
        ),
    ),
    Story(
        key="nachtcafe",
        owner="franziska",
        title="Nachtcafé für pflegende Angehörige",
        summary="Einmal im Monat ist das Café bis Mitternacht offen, und jemand Erfahrenes bleibt solange zu "
        "Hause beim pflegebedürftigen Menschen. Zeit zum Reden, Lachen oder einfach Schlafen.",
        problem="Wer zu Hause pflegt, kommt abends nicht mehr heraus. Freundschaften schlafen ein, und die eigene "
        "Erschöpfung fällt niemandem auf.",
        solution="Geschulte Freiwillige übernehmen für vier Stunden. Im Café gibt es Suppe, eine ruhige Ecke "
        "mit Betten und auf Wunsch ein Gespräch mit einer Pflegeberaterin.",
        target_group="Menschen in der Sächsischen Schweiz und im Osterzgebirge, die Angehörige pflegen.",
        district="DED2F",
        themes=("care", "neighbourhood"),
        opening=(
            6,
            "Ein Café, das öffnet, wenn andere schließen: für alle, die nachts pflegen und niemanden treffen.",
            "Zwei, die einen Freitag im Monat den Tresen übernehmen, und Erfahrung mit Kurzzeitpflege.",
        ),
        steps=(
            step(84, "franziska", "submit"),
            step(80, "carla", "shortlist"),
            asked(80, "ben"),
            said_yes(77, "ben"),
            step(70, "ben", "agree_plan", "Schritt für Schritt: erst die Freiwilligen, dann der Ort, dann der Termin."),
            step(70, "ben", "plan", "Schulung für zehn Freiwillige planen", task=1, until=-45),
            step(48, "franziska", "finish_task", task=1),
            step(
                44,
                "franziska",
                "submit_work",
                "Hier ist unser Konzept. Zur Haftung der Freiwilligen fehlt noch ein Absatz.",
            ),
            step(
                40,
                "ben",
                "request_changes",
                "Das liest sich wunderbar. Bitte ergänzen Sie noch, wie die Freiwilligen versichert sind und was "
                "passiert, wenn nachts jemand krank wird.",
            ),
            step(
                18,
                "franziska",
                "submit_work",
                "Beides ist drin: Die Versicherung läuft über unseren Verband, und für Notfälle gibt es eine "
                "Rufbereitschaft.",
            ),
        ),
    ),
    Story(
        key="dorfladen",
        owner="alma",
        title="Dorfladen mit Bank davor",
        summary="Der letzte Laden hat zugemacht. Wir öffnen ihn gemeinsam wieder: mit Brot, Post, Paketen und einer "
        "Bank davor, auf der man sich wieder trifft.",
        problem="Seit der Laden geschlossen ist, fahren alle aneinander vorbei. Ältere Menschen sind auf Nachbarn "
        "angewiesen, wenn sie ein Brot brauchen.",
        solution="Eine kleine Genossenschaft kauft ein, zwölf Haushalte teilen sich die Dienste, und am Abend "
        "öffnet der Laden mit einer Karte von allein.",
        target_group="Die 340 Menschen im Dorf und alle, die auf dem Radweg vorbeikommen.",
        district="DED2C",
        themes=("mobility", "neighbourhood", "ageing"),
        opening=(
            9,
            "Ein Laden, in dem man auch sitzen bleiben darf. Das Dorf führt ihn selbst.",
            "Eine Steuerberaterin für zwei Stunden, gebrauchte Kühlregale und noch drei Familien, die mitmachen.",
        ),
        steps=(
            step(46, "alma", "submit"),
            step(42, "carla", "shortlist"),
            asked(42, "ivana"),
            said_yes(40, "ivana"),
            step(
                19,
                "ivana",
                "change_coach",
                "Während meiner Abwesenheit kann ich den Aufbau der Genossenschaft nicht so begleiten, wie sie es "
                "verdient. Bitte suchen Sie jemanden, der jetzt Zeit hat. Meine Unterlagen liegen in der Akte.",
            ),
            asked(19, "ben"),
            said_no(14, "ben", "no_time", "Ich habe gerade mehrere Ideen in der heißen Phase."),
            asked(14, "jonas"),
            said_no(9, "jonas", "wrong_expertise"),
            nobody_left(9),
        ),
    ),
    Story(
        key="hofvielfalt",
        owner="lena",
        title="Hofladen der Vielfalt",
        summary="Auf einem kleinen Hof arbeiten Menschen mit und ohne Behinderung zusammen. Verkauft wird, was "
        "auf dem Feld wächst, und im Laden bedient, wer gern mit Leuten spricht.",
        problem="Wer in einer Werkstatt arbeitet, kommt selten mit Kundinnen und Kunden in Kontakt. Auf dem Hof "
        "fehlen zugleich helfende Hände.",
        solution="Sechs Arbeitsplätze, die sich nach den Menschen richten: Aussaat, Ernte, Verkauf, Buchführung. Ein "
        "Jahr lang begleitet eine Fachkraft das Team.",
        target_group="Menschen mit Behinderung in und um Chemnitz, die außerhalb der Werkstatt arbeiten möchten.",
        district="DED41",
        themes=("inclusion", "work", "environment"),
        steps=(
            step(64, "lena", "submit"),
            step(58, "henriette", "shortlist"),
            asked(58, "marlene"),
            said_yes(56, "marlene"),
            step(49, "marlene", "agree_plan", "Zuerst klären wir, welche Förderung die Arbeitsplätze tragen kann."),
            step(49, "marlene", "plan", "Mit dem Integrationsamt sprechen", task=1, until=-25),
            step(28, "lena", "finish_task", task=1),
            step(
                20,
                "lena",
                "pause",
                "Wir warten auf den Bescheid für den Pachtvertrag. Vorher können wir nichts planen.",
                until=24,
            ),
        ),
    ),
)
