"""Ideas that are being tried out."""

from api.demo.script import Story, asked, no_answer, said_yes, step

STORIES = (
    Story(
        key="lernlabor",
        owner="mehmet",
        title="Lernlabor im Waschsalon",
        summary="Während die Wäsche läuft, wird gelernt: Schülerinnen und Schüler bekommen im Waschsalon Hilfe "
        "bei den Hausaufgaben, und die Eltern kommen ins Gespräch.",
        problem="Nachhilfe ist teuer, und in kleinen Wohnungen fehlt oft ein ruhiger Tisch.",
        solution="Der Salon stellt an zwei Nachmittagen eine Ecke bereit. Lehramtsstudierende helfen, Eltern "
        "backen, und der Trockner läuft für alle gratis.",
        target_group="Kinder von 8 bis 14 Jahren und ihre Eltern im Leipziger Westen.",
        district="DED51",
        themes=("education", "youth", "neighbourhood"),
        steps=(
            step(172, "mehmet", "submit"),
            step(168, "yusuf", "shortlist"),
            asked(168, "jonas"),
            said_yes(165, "jonas"),
            step(158, "jonas", "agree_plan"),
            step(146, "mehmet", "submit_work", "Konzept und Zusage des Salons liegen bei."),
            step(142, "jonas", "approve_concept", "Klein, klug und sofort machbar."),
            step(132, "jonas", "no_support_needed", "Alles Nötige ist da, sogar die Hocker."),
            step(
                104,
                "mehmet",
                "check_in",
                "Elf Kinder kommen regelmäßig. Das Bruchrechnen geht jetzt mit Waschmittelkappen.",
                answer="on_track",
            ),
            step(
                76,
                "mehmet",
                "check_in",
                "Eine Studentin ist weggezogen. Wir finden niemanden für den Dienstag.",
                answer="needs_help",
            ),
            step(74, "jonas", "give_help", "Das Studierendenwerk hängt unseren Zettel aus. Zwei haben sich gemeldet."),
            step(46, "mehmet", "check_in", "Der Dienstag ist wieder besetzt.", answer="on_track"),
            step(
                18,
                "mehmet",
                "check_in",
                "Die Mütter haben einen eigenen Lesekreis gegründet. Das war nicht geplant und ist sehr schön.",
                answer="on_track",
            ),
        ),
    ),
    Story(
        key="vereinsbruecke",
        owner="nadia",
        title="Ankommen im Verein",
        summary="Wer neu in Nordsachsen ist, findet über einen Verein am schnellsten Anschluss. Brückenmenschen aus "
        "beiden Richtungen machen den ersten Schritt leicht.",
        problem="Vereine suchen Nachwuchs, und Zugewanderte suchen Anschluss. Trotzdem traut sich kaum jemand "
        "durch die Tür der Turnhalle.",
        solution="In jedem Verein gibt es eine Ansprechperson, in jeder Unterkunft eine Vereinslotsin. Zu zweit "
        "geht man drei Mal gemeinsam hin.",
        target_group="Zugewanderte in Torgau, Eilenburg und Oschatz und die Vereine dort.",
        district="DED53",
        themes=("migration", "culture", "youth"),
        steps=(
            step(135, "nadia", "submit"),
            step(130, "yusuf", "shortlist"),
            asked(130, "jonas"),
            no_answer("jonas"),
            asked(130, "mai"),
            said_yes(120, "mai"),
            step(112, "mai", "agree_plan", "Wir beginnen mit drei Vereinen, die sich schon gemeldet haben."),
            step(95, "nadia", "submit_work", "Konzept mit den Zusagen von Feuerwehr, Handball und Chor."),
            step(91, "mai", "approve_concept"),
            step(83, "mai", "request_support", "Gebraucht wird eine kleine Schulung für die Ansprechpersonen."),
            step(73, "yusuf", "arrange", "Die Freiwilligenagentur bietet zwei Abende an, einen auch auf Arabisch."),
            step(58, "nadia", "confirm_use", "Beide Abende waren voll."),
            step(51, "mai", "no_support_needed"),
            step(23, "nadia", "check_in", "Im Chor singen jetzt sechs neue Stimmen.", answer="on_track"),
            step(
                2,
                "nadia",
                "check_in",
                "Ein Verein möchte aussteigen, weil die Halle am Abend anders belegt ist. Wir brauchen Rat, wie "
                "wir das mit der Stadt besprechen.",
                answer="needs_help",
            ),
        ),
    ),
    Story(
        key="mitfahrbank",
        owner="reinhard",
        title="Mitfahrbänke im oberen Vogtland",
        summary="Wer auf der grünen Bank sitzt, möchte mitfahren. Ein Schild zeigt das Ziel, und wer "
        "vorbeikommt, hält an. Ganz ohne App.",
        problem="Am Wochenende fährt in unseren Orten kein Bus. Wer nicht mehr selbst Auto fährt, bleibt zu Hause.",
        solution="Neun Bänke an den Straßen zwischen fünf Orten, gebaut von der Berufsschule. Ein Ausweis schafft "
        "Vertrauen, und im Blättchen stehen die Geschichten der Fahrten.",
        target_group="Ältere Menschen und Jugendliche ohne Auto in fünf Orten des Vogtlands.",
        district="DED44",
        themes=("mobility", "ageing"),
        steps=(
            step(205, "reinhard", "submit"),
            step(199, "henriette", "shortlist"),
            asked(199, "oskar"),
            said_yes(196, "oskar"),
            step(188, "oskar", "agree_plan", "Erst drei Bänke, dann sehen wir weiter."),
            step(188, "oskar", "add_task", "Die fünf Ortsvorsteher an einen Tisch holen", task=1, until=-165),
            step(170, "reinhard", "finish_task", task=1),
            step(166, "reinhard", "submit_work", "Konzept, Karte und die Unterschriften aller fünf Orte."),
            step(162, "oskar", "approve_concept", "Fünf Unterschriften an einem Abend, das gab es noch nie."),
            step(154, "oskar", "request_support", "Es fehlt das Holz für die ersten drei Bänke."),
            step(143, "henriette", "arrange", "Der Forstbetrieb spendet Lärchenholz, abzuholen am Sägewerk."),
            step(120, "reinhard", "confirm_use", "Die Berufsschule hat gleich vier Bänke daraus gebaut."),
            step(114, "oskar", "no_support_needed"),
            step(
                86, "reinhard", "check_in", "In vier Wochen 61 Fahrten, so viele haben wir gezählt.", answer="on_track"
            ),
            step(58, "reinhard", "check_in", "Jetzt stehen sieben Bänke. Zwei Orte fragen an.", answer="on_track"),
            step(
                30,
                "reinhard",
                "check_in",
                "Die Bänke gehören jetzt einfach dazu. Den Rest schaffen die Orte allein.",
                answer="done",
            ),
            step(
                29,
                "henriette",
                "extend_deadline",
                "Für das Abschlussgespräch kommen alle fünf Orte zusammen. Dafür braucht es einen Termin mehr.",
                days=15,
            ),
        ),
    ),
)
