-- What each schema, table, column and function is, for whoever reads the data dictionary
-- (`academico docs build`), so in Spanish. A function that puts its statements together at run time
-- names here the tables that it reads: the lineage is drawn from that too.
COMMENT ON SCHEMA raw IS 'Todo mensaje entregado, tal como llegó, byte por byte.';
COMMENT ON SCHEMA stg IS 'Las filas ya validadas del lote en curso, y lo que se apartó: rechazos y pendientes.';
COMMENT ON SCHEMA core IS 'El libro mayor: corridas, lotes, destinos, parámetros y resultados de calidad.';
COMMENT ON SCHEMA academico IS 'La verdad consolidada: una fila por cada cosa que la escuela sabe.';
COMMENT ON SCHEMA marts IS 'Los indicadores, calculados a partir de academico.';
COMMENT ON SCHEMA ml IS 'Modelos de riesgo y sus predicciones.';

COMMENT ON TABLE raw.mensajes IS
    'Cada mensaje entregado cuyo identificador era nuevo, tal como llegó. También es la memoria con la que se reconoce un duplicado.';
COMMENT ON COLUMN raw.mensajes.id IS 'Identidad del mensaje: el message_id, o un UUID calculado de su cuerpo.';
COMMENT ON COLUMN raw.mensajes.mes IS 'Primer día del mes (UTC) en que se recibió; decide su partición.';
COMMENT ON COLUMN raw.mensajes.lote IS 'Lote que lo recibió.';
COMMENT ON COLUMN raw.mensajes.n IS 'Lugar del mensaje en su lote, desde 0.';
COMMENT ON COLUMN raw.mensajes.recibido_en IS 'Momento en que se recibió.';
COMMENT ON COLUMN raw.mensajes.message_id IS 'Identificador que le puso quien lo publicó; nulo si no le puso ninguno.';
COMMENT ON COLUMN raw.mensajes.enviado_en IS 'Momento en que se envió, según la propiedad timestamp de AMQP.';
COMMENT ON COLUMN raw.mensajes.content_type IS 'Tipo de contenido que declaró quien lo publicó.';
COMMENT ON COLUMN raw.mensajes.headers IS 'Encabezados AMQP con que llegó.';
COMMENT ON COLUMN raw.mensajes.redelivered IS 'Si el broker avisó de que ya lo había entregado antes.';
COMMENT ON COLUMN raw.mensajes.cuerpo IS 'El mensaje tal como llegó, byte por byte.';

COMMENT ON TABLE raw.conflictos IS
    'Mensajes con un identificador ya conocido y otro cuerpo: vale el primero, y este queda como prueba.';
COMMENT ON COLUMN raw.conflictos.id IS 'Identidad que ya tenía otro mensaje.';
COMMENT ON COLUMN raw.conflictos.lote IS 'Lote que lo recibió.';
COMMENT ON COLUMN raw.conflictos.n IS 'Lugar del mensaje en su lote, desde 0.';
COMMENT ON COLUMN raw.conflictos.recibido_en IS 'Momento en que se recibió.';
COMMENT ON COLUMN raw.conflictos.message_id IS
    'Identificador que le puso quien lo publicó; nulo si no le puso ninguno.';
COMMENT ON COLUMN raw.conflictos.cuerpo IS 'El mensaje tal como llegó, byte por byte.';

COMMENT ON TABLE stg.maestros_upsert IS 'Eventos maestro del lote en curso, ya validados.';
COMMENT ON COLUMN stg.maestros_upsert.lote IS 'Lote que lleva la fila en este momento.';
COMMENT ON COLUMN stg.maestros_upsert.origen IS 'Lote en que se recibió; otro que lote si estuvo pendiente.';
COMMENT ON COLUMN stg.maestros_upsert.n IS 'Lugar del mensaje en su lote, desde 0.';
COMMENT ON COLUMN stg.maestros_upsert.linea IS
    'Qué evento del mensaje: 0 si trae uno solo; 1, 2, ... si trae varios, uno por línea.';
COMMENT ON COLUMN stg.maestros_upsert.id_mensaje IS 'Mensaje del que viene (raw.mensajes.id).';
COMMENT ON COLUMN stg.maestros_upsert.ocurrido_en IS
    'Cuándo ocurrió: lo que dice el evento, o la hora de envío, o la de llegada.';
COMMENT ON COLUMN stg.maestros_upsert.desempate IS
    'Decide entre dos eventos de lo mismo con igual ocurrido_en: vale el mayor.';
COMMENT ON COLUMN stg.maestros_upsert.id_maestro IS 'Clave del maestro.';
COMMENT ON COLUMN stg.maestros_upsert.nombre IS 'Nombre completo.';
COMMENT ON COLUMN stg.maestros_upsert.especialidad IS 'Especialidad; nula si no se conoce.';

COMMENT ON TABLE stg.materias_upsert IS 'Eventos materia del lote en curso, ya validados.';
COMMENT ON COLUMN stg.materias_upsert.lote IS 'Lote que lleva la fila en este momento.';
COMMENT ON COLUMN stg.materias_upsert.origen IS 'Lote en que se recibió; otro que lote si estuvo pendiente.';
COMMENT ON COLUMN stg.materias_upsert.n IS 'Lugar del mensaje en su lote, desde 0.';
COMMENT ON COLUMN stg.materias_upsert.linea IS
    'Qué evento del mensaje: 0 si trae uno solo; 1, 2, ... si trae varios, uno por línea.';
COMMENT ON COLUMN stg.materias_upsert.id_mensaje IS 'Mensaje del que viene (raw.mensajes.id).';
COMMENT ON COLUMN stg.materias_upsert.ocurrido_en IS
    'Cuándo ocurrió: lo que dice el evento, o la hora de envío, o la de llegada.';
COMMENT ON COLUMN stg.materias_upsert.desempate IS
    'Decide entre dos eventos de lo mismo con igual ocurrido_en: vale el mayor.';
COMMENT ON COLUMN stg.materias_upsert.id_materia IS 'Clave de la materia.';
COMMENT ON COLUMN stg.materias_upsert.nombre IS 'Nombre de la materia.';
COMMENT ON COLUMN stg.materias_upsert.creditos IS 'Créditos que vale; nulo si no se conocen.';

COMMENT ON TABLE stg.grupos_upsert IS 'Eventos grupo del lote en curso, ya validados.';
COMMENT ON COLUMN stg.grupos_upsert.lote IS 'Lote que lleva la fila en este momento.';
COMMENT ON COLUMN stg.grupos_upsert.origen IS 'Lote en que se recibió; otro que lote si estuvo pendiente.';
COMMENT ON COLUMN stg.grupos_upsert.n IS 'Lugar del mensaje en su lote, desde 0.';
COMMENT ON COLUMN stg.grupos_upsert.linea IS
    'Qué evento del mensaje: 0 si trae uno solo; 1, 2, ... si trae varios, uno por línea.';
COMMENT ON COLUMN stg.grupos_upsert.id_mensaje IS 'Mensaje del que viene (raw.mensajes.id).';
COMMENT ON COLUMN stg.grupos_upsert.ocurrido_en IS
    'Cuándo ocurrió: lo que dice el evento, o la hora de envío, o la de llegada.';
COMMENT ON COLUMN stg.grupos_upsert.desempate IS
    'Decide entre dos eventos de lo mismo con igual ocurrido_en: vale el mayor.';
COMMENT ON COLUMN stg.grupos_upsert.id_grupo IS 'Clave del grupo.';
COMMENT ON COLUMN stg.grupos_upsert.id_materia IS 'Materia que se imparte.';
COMMENT ON COLUMN stg.grupos_upsert.id_maestro IS 'Maestro que la imparte; nulo si aún no se conoce.';
COMMENT ON COLUMN stg.grupos_upsert.periodo IS 'Periodo en que se imparte, como 2024A.';
COMMENT ON COLUMN stg.grupos_upsert.fecha_inicio IS 'Primer día de clases.';

COMMENT ON TABLE stg.alumnos_upsert IS 'Eventos alumno del lote en curso, ya validados.';
COMMENT ON COLUMN stg.alumnos_upsert.lote IS 'Lote que lleva la fila en este momento.';
COMMENT ON COLUMN stg.alumnos_upsert.origen IS 'Lote en que se recibió; otro que lote si estuvo pendiente.';
COMMENT ON COLUMN stg.alumnos_upsert.n IS 'Lugar del mensaje en su lote, desde 0.';
COMMENT ON COLUMN stg.alumnos_upsert.linea IS
    'Qué evento del mensaje: 0 si trae uno solo; 1, 2, ... si trae varios, uno por línea.';
COMMENT ON COLUMN stg.alumnos_upsert.id_mensaje IS 'Mensaje del que viene (raw.mensajes.id).';
COMMENT ON COLUMN stg.alumnos_upsert.ocurrido_en IS
    'Cuándo ocurrió: lo que dice el evento, o la hora de envío, o la de llegada.';
COMMENT ON COLUMN stg.alumnos_upsert.desempate IS
    'Decide entre dos eventos de lo mismo con igual ocurrido_en: vale el mayor.';
COMMENT ON COLUMN stg.alumnos_upsert.id_alumno IS 'Clave del alumno.';
COMMENT ON COLUMN stg.alumnos_upsert.nombre IS 'Nombre completo.';
COMMENT ON COLUMN stg.alumnos_upsert.edad IS 'Edad en años; nula si no se conoce.';
COMMENT ON COLUMN stg.alumnos_upsert.genero IS 'M, F o X.';

COMMENT ON TABLE stg.inscripciones_event IS 'Eventos inscripcion del lote en curso, ya validados.';
COMMENT ON COLUMN stg.inscripciones_event.lote IS 'Lote que lleva la fila en este momento.';
COMMENT ON COLUMN stg.inscripciones_event.origen IS 'Lote en que se recibió; otro que lote si estuvo pendiente.';
COMMENT ON COLUMN stg.inscripciones_event.n IS 'Lugar del mensaje en su lote, desde 0.';
COMMENT ON COLUMN stg.inscripciones_event.linea IS
    'Qué evento del mensaje: 0 si trae uno solo; 1, 2, ... si trae varios, uno por línea.';
COMMENT ON COLUMN stg.inscripciones_event.id_mensaje IS 'Mensaje del que viene (raw.mensajes.id).';
COMMENT ON COLUMN stg.inscripciones_event.ocurrido_en IS
    'Cuándo ocurrió: lo que dice el evento, o la hora de envío, o la de llegada.';
COMMENT ON COLUMN stg.inscripciones_event.desempate IS
    'Decide entre dos eventos de lo mismo con igual ocurrido_en: vale el mayor.';
COMMENT ON COLUMN stg.inscripciones_event.id_alumno IS 'Alumno que se inscribe.';
COMMENT ON COLUMN stg.inscripciones_event.id_grupo IS 'Grupo en que se inscribe.';
COMMENT ON COLUMN stg.inscripciones_event.fecha_inscripcion IS 'Día de la inscripción.';
COMMENT ON COLUMN stg.inscripciones_event.estado IS 'inscrito, o baja si se retiró.';

COMMENT ON TABLE stg.calificaciones_event IS 'Eventos calificacion del lote en curso, ya validados.';
COMMENT ON COLUMN stg.calificaciones_event.lote IS 'Lote que lleva la fila en este momento.';
COMMENT ON COLUMN stg.calificaciones_event.origen IS 'Lote en que se recibió; otro que lote si estuvo pendiente.';
COMMENT ON COLUMN stg.calificaciones_event.n IS 'Lugar del mensaje en su lote, desde 0.';
COMMENT ON COLUMN stg.calificaciones_event.linea IS
    'Qué evento del mensaje: 0 si trae uno solo; 1, 2, ... si trae varios, uno por línea.';
COMMENT ON COLUMN stg.calificaciones_event.id_mensaje IS 'Mensaje del que viene (raw.mensajes.id).';
COMMENT ON COLUMN stg.calificaciones_event.ocurrido_en IS
    'Cuándo ocurrió: lo que dice el evento, o la hora de envío, o la de llegada.';
COMMENT ON COLUMN stg.calificaciones_event.desempate IS
    'Decide entre dos eventos de lo mismo con igual ocurrido_en: vale el mayor.';
COMMENT ON COLUMN stg.calificaciones_event.id_alumno IS 'Alumno calificado.';
COMMENT ON COLUMN stg.calificaciones_event.id_grupo IS 'Grupo en que se le califica.';
COMMENT ON COLUMN stg.calificaciones_event.calificacion IS 'Calificación final, de 0 a 10.';
COMMENT ON COLUMN stg.calificaciones_event.fecha_registro IS 'Día en que se registró.';

COMMENT ON TABLE stg.evaluaciones_event IS 'Eventos evaluacion del lote en curso, ya validados.';
COMMENT ON COLUMN stg.evaluaciones_event.lote IS 'Lote que lleva la fila en este momento.';
COMMENT ON COLUMN stg.evaluaciones_event.origen IS 'Lote en que se recibió; otro que lote si estuvo pendiente.';
COMMENT ON COLUMN stg.evaluaciones_event.n IS 'Lugar del mensaje en su lote, desde 0.';
COMMENT ON COLUMN stg.evaluaciones_event.linea IS
    'Qué evento del mensaje: 0 si trae uno solo; 1, 2, ... si trae varios, uno por línea.';
COMMENT ON COLUMN stg.evaluaciones_event.id_mensaje IS 'Mensaje del que viene (raw.mensajes.id).';
COMMENT ON COLUMN stg.evaluaciones_event.ocurrido_en IS
    'Cuándo ocurrió: lo que dice el evento, o la hora de envío, o la de llegada.';
COMMENT ON COLUMN stg.evaluaciones_event.desempate IS
    'Decide entre dos eventos de lo mismo con igual ocurrido_en: vale el mayor.';
COMMENT ON COLUMN stg.evaluaciones_event.id_alumno IS 'Alumno evaluado.';
COMMENT ON COLUMN stg.evaluaciones_event.id_grupo IS 'Grupo en que se le evalúa.';
COMMENT ON COLUMN stg.evaluaciones_event.evaluacion IS 'Nombre de la evaluación: Parcial 1, Tarea 3.';
COMMENT ON COLUMN stg.evaluaciones_event.calificacion IS 'Calificación de la evaluación, de 0 a 10.';
COMMENT ON COLUMN stg.evaluaciones_event.peso IS
    'Parte de la calificación final que vale, de 0 a 1; nulo si no se conoce.';
COMMENT ON COLUMN stg.evaluaciones_event.fecha IS 'Día de la evaluación.';

COMMENT ON TABLE stg.rechazos IS
    'Eventos que incumplen el contrato, tal como llegaron, con el error de cada campo. No se borran.';
COMMENT ON COLUMN stg.rechazos.id IS 'Número del rechazo.';
COMMENT ON COLUMN stg.rechazos.lote IS 'Lote que lo recibió.';
COMMENT ON COLUMN stg.rechazos.n IS 'Lugar del mensaje en su lote, desde 0.';
COMMENT ON COLUMN stg.rechazos.linea IS
    'Qué evento del mensaje: 0 si trae uno solo; 1, 2, ... si trae varios, uno por línea.';
COMMENT ON COLUMN stg.rechazos.id_mensaje IS 'Mensaje del que viene (raw.mensajes.id).';
COMMENT ON COLUMN stg.rechazos.entidad IS 'Entidad que dice ser; desconocida si no se pudo leer.';
COMMENT ON COLUMN stg.rechazos.motivo IS 'Por qué se rechazó, en una palabra: campo_ausente, valor_invalido, ...';
COMMENT ON COLUMN stg.rechazos.campo IS 'Primer campo con error; nulo si el error es del mensaje entero.';
COMMENT ON COLUMN stg.rechazos.errores IS 'Cada error: campo, motivo y lo que se esperaba.';
COMMENT ON COLUMN stg.rechazos.cuerpo IS 'El evento tal como llegó, byte por byte.';
COMMENT ON COLUMN stg.rechazos.recibido_en IS 'Momento en que se recibió.';
COMMENT ON COLUMN stg.rechazos.estado IS 'abierto, reintentado (ya se aplicó) o descartado.';
COMMENT ON COLUMN stg.rechazos.cerrado_en IS 'Momento en que dejó de estar abierto.';
COMMENT ON COLUMN stg.rechazos.correccion IS
    'El cuerpo que se aceptó en lugar del original; una reconstrucción lo aplica de nuevo.';

COMMENT ON TABLE stg.pendientes IS 'Eventos válidos cuyo padre aún no llega. Se aplican solos en cuanto llega.';
COMMENT ON COLUMN stg.pendientes.id IS 'Número de espera.';
COMMENT ON COLUMN stg.pendientes.lote IS 'Lote que lo recibió.';
COMMENT ON COLUMN stg.pendientes.n IS 'Lugar del mensaje en su lote, desde 0.';
COMMENT ON COLUMN stg.pendientes.linea IS
    'Qué evento del mensaje: 0 si trae uno solo; 1, 2, ... si trae varios, uno por línea.';
COMMENT ON COLUMN stg.pendientes.entidad IS 'Entidad del evento que espera.';
COMMENT ON COLUMN stg.pendientes.padre IS 'Qué falta: maestro, materia, grupo o alumno.';
COMMENT ON COLUMN stg.pendientes.id_padre IS 'Clave del padre que falta.';
COMMENT ON COLUMN stg.pendientes.evento IS 'La fila preparada, lista para consolidarse.';
COMMENT ON COLUMN stg.pendientes.desde IS 'Desde cuándo espera.';

COMMENT ON FUNCTION stg.retomar IS 'Devuelve eventos de stg.pendientes a las tablas preparadas de un lote.';
COMMENT ON FUNCTION stg.retomar_hijos IS 'Retoma los pendientes cuyo padre viene en este lote.';
COMMENT ON FUNCTION stg.retomar_rezagados IS 'Retoma pendientes cuyo padre ya está en academico.';

COMMENT ON FUNCTION raw.abrir_lote IS
    'Abre un lote: su número y el mes en que escribe, cuya partición de raw.mensajes crea si falta.';

COMMENT ON TABLE academico.periodos IS 'Periodos escolares. Los trae el primer grupo de cada uno, con sus particiones.';
COMMENT ON COLUMN academico.periodos.id IS 'Año y clave corta: 2024A, 2013J.';
COMMENT ON COLUMN academico.periodos.anio IS 'Año, tomado de la clave.';

COMMENT ON TABLE academico.maestros IS 'Maestros.';
COMMENT ON COLUMN academico.maestros.id IS 'Clave del maestro.';
COMMENT ON COLUMN academico.maestros.nombre IS 'Nombre completo.';
COMMENT ON COLUMN academico.maestros.especialidad IS 'Especialidad; nula si no se conoce.';
COMMENT ON COLUMN academico.maestros.ocurrido_en IS
    'Cuándo ocurrió el evento que escribió la fila; solo lo reemplaza uno más nuevo.';
COMMENT ON COLUMN academico.maestros.desempate IS 'Decide entre dos eventos con igual ocurrido_en: vale el mayor.';
COMMENT ON COLUMN academico.maestros.lote IS 'Lote del que viene la fila (core.lotes.lote).';
COMMENT ON COLUMN academico.maestros.id_mensaje IS 'Mensaje del que viene la fila (raw.mensajes.id).';
COMMENT ON COLUMN academico.maestros.linea IS
    'Qué evento del mensaje: 0 si trae uno solo; 1, 2, ... si trae varios, uno por línea.';

COMMENT ON TABLE academico.materias IS 'Materias que se imparten.';
COMMENT ON COLUMN academico.materias.id IS 'Clave de la materia.';
COMMENT ON COLUMN academico.materias.nombre IS 'Nombre de la materia.';
COMMENT ON COLUMN academico.materias.creditos IS 'Créditos que vale; nulo si no se conocen.';
COMMENT ON COLUMN academico.materias.ocurrido_en IS
    'Cuándo ocurrió el evento que escribió la fila; solo lo reemplaza uno más nuevo.';
COMMENT ON COLUMN academico.materias.desempate IS 'Decide entre dos eventos con igual ocurrido_en: vale el mayor.';
COMMENT ON COLUMN academico.materias.lote IS 'Lote del que viene la fila (core.lotes.lote).';
COMMENT ON COLUMN academico.materias.id_mensaje IS 'Mensaje del que viene la fila (raw.mensajes.id).';
COMMENT ON COLUMN academico.materias.linea IS
    'Qué evento del mensaje: 0 si trae uno solo; 1, 2, ... si trae varios, uno por línea.';

COMMENT ON TABLE academico.grupos IS 'Una materia impartida en un periodo, por un maestro a lo más.';
COMMENT ON COLUMN academico.grupos.id IS 'Clave del grupo.';
COMMENT ON COLUMN academico.grupos.id_materia IS 'Materia que se imparte.';
COMMENT ON COLUMN academico.grupos.id_maestro IS 'Maestro que la imparte; nulo si aún no se conoce.';
COMMENT ON COLUMN academico.grupos.periodo IS 'Periodo en que se imparte, como 2024A.';
COMMENT ON COLUMN academico.grupos.fecha_inicio IS 'Primer día de clases.';
COMMENT ON COLUMN academico.grupos.ocurrido_en IS
    'Cuándo ocurrió el evento que escribió la fila; solo lo reemplaza uno más nuevo.';
COMMENT ON COLUMN academico.grupos.desempate IS 'Decide entre dos eventos con igual ocurrido_en: vale el mayor.';
COMMENT ON COLUMN academico.grupos.lote IS 'Lote del que viene la fila (core.lotes.lote).';
COMMENT ON COLUMN academico.grupos.id_mensaje IS 'Mensaje del que viene la fila (raw.mensajes.id).';
COMMENT ON COLUMN academico.grupos.linea IS
    'Qué evento del mensaje: 0 si trae uno solo; 1, 2, ... si trae varios, uno por línea.';

COMMENT ON TABLE academico.alumnos IS 'Alumnos.';
COMMENT ON COLUMN academico.alumnos.id IS 'Clave del alumno.';
COMMENT ON COLUMN academico.alumnos.nombre IS 'Nombre completo.';
COMMENT ON COLUMN academico.alumnos.edad IS 'Edad en años; nula si no se conoce.';
COMMENT ON COLUMN academico.alumnos.genero IS 'M, F o X.';
COMMENT ON COLUMN academico.alumnos.ocurrido_en IS
    'Cuándo ocurrió el evento que escribió la fila; solo lo reemplaza uno más nuevo.';
COMMENT ON COLUMN academico.alumnos.desempate IS 'Decide entre dos eventos con igual ocurrido_en: vale el mayor.';
COMMENT ON COLUMN academico.alumnos.lote IS 'Lote del que viene la fila (core.lotes.lote).';
COMMENT ON COLUMN academico.alumnos.id_mensaje IS 'Mensaje del que viene la fila (raw.mensajes.id).';
COMMENT ON COLUMN academico.alumnos.linea IS
    'Qué evento del mensaje: 0 si trae uno solo; 1, 2, ... si trae varios, uno por línea.';

COMMENT ON TABLE academico.inscripciones IS 'Quién está inscrito en qué grupo. Una baja no se borra: cambia de estado.';
COMMENT ON COLUMN academico.inscripciones.id_alumno IS 'Alumno que se inscribe.';
COMMENT ON COLUMN academico.inscripciones.id_grupo IS 'Grupo en que se inscribe.';
COMMENT ON COLUMN academico.inscripciones.fecha_inscripcion IS 'Día de la inscripción.';
COMMENT ON COLUMN academico.inscripciones.estado IS 'inscrito, o baja si se retiró.';
COMMENT ON COLUMN academico.inscripciones.periodo IS 'Periodo del grupo; decide la partición.';
COMMENT ON COLUMN academico.inscripciones.ocurrido_en IS
    'Cuándo ocurrió el evento que escribió la fila; solo lo reemplaza uno más nuevo.';
COMMENT ON COLUMN academico.inscripciones.desempate IS 'Decide entre dos eventos con igual ocurrido_en: vale el mayor.';
COMMENT ON COLUMN academico.inscripciones.lote IS 'Lote del que viene la fila (core.lotes.lote).';
COMMENT ON COLUMN academico.inscripciones.id_mensaje IS 'Mensaje del que viene la fila (raw.mensajes.id).';
COMMENT ON COLUMN academico.inscripciones.linea IS
    'Qué evento del mensaje: 0 si trae uno solo; 1, 2, ... si trae varios, uno por línea.';

COMMENT ON TABLE academico.calificaciones IS 'Calificación final de cada alumno en cada grupo.';
COMMENT ON COLUMN academico.calificaciones.id_alumno IS 'Alumno calificado.';
COMMENT ON COLUMN academico.calificaciones.id_grupo IS 'Grupo en que se le califica.';
COMMENT ON COLUMN academico.calificaciones.calificacion IS 'Calificación final, de 0 a 10.';
COMMENT ON COLUMN academico.calificaciones.fecha_registro IS 'Día en que se registró.';
COMMENT ON COLUMN academico.calificaciones.periodo IS 'Periodo del grupo; decide la partición.';
COMMENT ON COLUMN academico.calificaciones.ocurrido_en IS
    'Cuándo ocurrió el evento que escribió la fila; solo lo reemplaza uno más nuevo.';
COMMENT ON COLUMN academico.calificaciones.desempate IS
    'Decide entre dos eventos con igual ocurrido_en: vale el mayor.';
COMMENT ON COLUMN academico.calificaciones.lote IS 'Lote del que viene la fila (core.lotes.lote).';
COMMENT ON COLUMN academico.calificaciones.id_mensaje IS 'Mensaje del que viene la fila (raw.mensajes.id).';
COMMENT ON COLUMN academico.calificaciones.linea IS
    'Qué evento del mensaje: 0 si trae uno solo; 1, 2, ... si trae varios, uno por línea.';

COMMENT ON TABLE academico.evaluaciones IS 'Evaluaciones parciales de cada alumno en cada grupo.';
COMMENT ON COLUMN academico.evaluaciones.id_alumno IS 'Alumno evaluado.';
COMMENT ON COLUMN academico.evaluaciones.id_grupo IS 'Grupo en que se le evalúa.';
COMMENT ON COLUMN academico.evaluaciones.evaluacion IS 'Nombre de la evaluación: Parcial 1, Tarea 3.';
COMMENT ON COLUMN academico.evaluaciones.calificacion IS 'Calificación de la evaluación, de 0 a 10.';
COMMENT ON COLUMN academico.evaluaciones.peso IS
    'Parte de la calificación final que vale, de 0 a 1; nulo si no se conoce.';
COMMENT ON COLUMN academico.evaluaciones.fecha IS 'Día de la evaluación.';
COMMENT ON COLUMN academico.evaluaciones.ocurrido_en IS
    'Cuándo ocurrió el evento que escribió la fila; solo lo reemplaza uno más nuevo.';
COMMENT ON COLUMN academico.evaluaciones.desempate IS 'Decide entre dos eventos con igual ocurrido_en: vale el mayor.';
COMMENT ON COLUMN academico.evaluaciones.lote IS 'Lote del que viene la fila (core.lotes.lote).';
COMMENT ON COLUMN academico.evaluaciones.id_mensaje IS 'Mensaje del que viene la fila (raw.mensajes.id).';
COMMENT ON COLUMN academico.evaluaciones.linea IS
    'Qué evento del mensaje: 0 si trae uno solo; 1, 2, ... si trae varios, uno por línea.';

COMMENT ON FUNCTION academico.abrir_periodo IS
    'Da de alta un periodo y crea sus particiones de inscripciones y calificaciones.';
COMMENT ON FUNCTION academico.merge_maestros IS
    'Consolida los eventos maestro de un lote en academico.maestros: de cada clave vale el más nuevo. Devuelve cuántos tuvo cada destino.';
COMMENT ON FUNCTION academico.merge_materias IS
    'Consolida los eventos materia de un lote en academico.materias: de cada clave vale el más nuevo. Devuelve cuántos tuvo cada destino.';
COMMENT ON FUNCTION academico.merge_grupos IS
    'Consolida los eventos grupo de un lote en academico.grupos: de cada clave vale el más nuevo. Devuelve cuántos tuvo cada destino.';
COMMENT ON FUNCTION academico.merge_alumnos IS
    'Consolida los eventos alumno de un lote en academico.alumnos: de cada clave vale el más nuevo. Devuelve cuántos tuvo cada destino.';
COMMENT ON FUNCTION academico.merge_inscripciones IS
    'Consolida los eventos inscripcion de un lote en academico.inscripciones: de cada clave vale el más nuevo. Devuelve cuántos tuvo cada destino.';
COMMENT ON FUNCTION academico.merge_calificaciones IS
    'Consolida los eventos calificacion de un lote en academico.calificaciones: de cada clave vale el más nuevo. Devuelve cuántos tuvo cada destino.';
COMMENT ON FUNCTION academico.merge_evaluaciones IS
    'Consolida los eventos evaluacion de un lote en academico.evaluaciones: de cada clave vale el más nuevo. Devuelve cuántos tuvo cada destino.';

COMMENT ON TABLE core.parametros IS 'Los valores que la escuela decide y con que se calculan los indicadores.';
COMMENT ON COLUMN core.parametros.nombre IS 'Nombre del parámetro.';
COMMENT ON COLUMN core.parametros.valor IS 'Valor en vigor.';
COMMENT ON COLUMN core.parametros.descripcion IS 'Qué significa.';

COMMENT ON TABLE core.etl_run_log IS 'Una fila por cada trabajador de cada comando que procesó eventos.';
COMMENT ON COLUMN core.etl_run_log.run_id IS 'Número de la corrida.';
COMMENT ON COLUMN core.etl_run_log.sesion IS 'Une a los trabajadores de un mismo comando.';
COMMENT ON COLUMN core.etl_run_log.comando IS 'Comando que la inició.';
COMMENT ON COLUMN core.etl_run_log.started_at IS 'Cuándo empezó.';
COMMENT ON COLUMN core.etl_run_log.finished_at IS 'Cuándo terminó; nulo mientras corre o si la mataron.';
COMMENT ON COLUMN core.etl_run_log.status IS 'running, ok, failed o interrupted.';
COMMENT ON COLUMN core.etl_run_log.processed_count IS 'Eventos que procesó.';
COMMENT ON COLUMN core.etl_run_log.error_count IS 'Eventos que rechazó.';

COMMENT ON TABLE core.lotes IS 'Una fila por cada lote confirmado, escrita por la misma transacción que describe.';
COMMENT ON COLUMN core.lotes.lote IS 'Número del lote.';
COMMENT ON COLUMN core.lotes.run_id IS 'Corrida que lo procesó.';
COMMENT ON COLUMN core.lotes.mensajes IS 'Mensajes que trajo.';
COMMENT ON COLUMN core.lotes.eventos IS 'Eventos que trajo.';
COMMENT ON COLUMN core.lotes.conflictos IS 'Mensajes cuyo identificador ya tenía otro cuerpo.';
COMMENT ON COLUMN core.lotes.abierto_en IS 'Cuándo empezó.';
COMMENT ON COLUMN core.lotes.cerrado_en IS 'Cuándo quedó confirmado.';

COMMENT ON TABLE core.destinos IS
    'Libro mayor por partida doble: qué fue de cada evento. Nada se actualiza, y los destinos de un lote suman siempre sus eventos.';
COMMENT ON COLUMN core.destinos.lote IS 'Lote en que se recibieron los eventos.';
COMMENT ON COLUMN core.destinos.por_lote IS 'Lote que decidió su destino.';
COMMENT ON COLUMN core.destinos.entidad IS 'Entidad de los eventos.';
COMMENT ON COLUMN core.destinos.destino IS 'aplicado, duplicado, rechazado, pendiente u obsoleto.';
COMMENT ON COLUMN core.destinos.eventos IS 'Cuántos; negativo cuando dejan de estar pendientes.';

COMMENT ON TABLE core.lotes_periodos IS 'Qué periodos cambió cada lote, para recalcular solo esos.';
COMMENT ON COLUMN core.lotes_periodos.lote IS 'Lote que cambió algo.';
COMMENT ON COLUMN core.lotes_periodos.periodo IS 'Periodo en que lo cambió.';

COMMENT ON TABLE core.cola IS 'La cola dentro de PostgreSQL, para cuando no hay RabbitMQ.';
COMMENT ON COLUMN core.cola.cola IS 'Nombre de la cola; los mensajes muertos de una cola q esperan en q.muertos.';
COMMENT ON COLUMN core.cola.id IS 'Lugar en la cola.';
COMMENT ON COLUMN core.cola.message_id IS 'Identificador que le puso quien lo publicó; nulo si no le puso ninguno.';
COMMENT ON COLUMN core.cola.sello IS 'Hora de envío de AMQP, en segundos desde 1970.';
COMMENT ON COLUMN core.cola.content_type IS 'Tipo de contenido que declaró quien lo publicó.';
COMMENT ON COLUMN core.cola.headers IS 'Encabezados con que llegó.';
COMMENT ON COLUMN core.cola.cuerpo IS 'El mensaje tal como llegó, byte por byte.';
COMMENT ON COLUMN core.cola.entregas IS 'Cuántas veces murió un consumidor con este mensaje en la mano.';

COMMENT ON TABLE core.cola_tomas IS 'Qué mensajes de core.cola tiene en la mano cada consumidor.';
COMMENT ON COLUMN core.cola_tomas.tomador IS 'Consumidor.';
COMMENT ON COLUMN core.cola_tomas.cola IS 'Cola de la que los tomó.';
COMMENT ON COLUMN core.cola_tomas.pid IS 'Proceso de PostgreSQL que los carga.';
COMMENT ON COLUMN core.cola_tomas.iniciado IS 'Cuándo empezó ese proceso.';
COMMENT ON COLUMN core.cola_tomas.ids IS 'Los mensajes, por core.cola.id.';

COMMENT ON TABLE core.intentos IS 'Cuántas veces se intentó un mensaje cuyo consumidor murió.';
COMMENT ON COLUMN core.intentos.id IS 'Identidad del mensaje.';
COMMENT ON COLUMN core.intentos.intentos IS 'Cuántas veces.';
COMMENT ON COLUMN core.intentos.ultimo IS 'La última vez.';

COMMENT ON TABLE core.dq_rules IS 'Las reglas de calidad, tal como eran la última vez que se corrieron.';
COMMENT ON COLUMN core.dq_rules.id IS 'Nombre de la regla.';
COMMENT ON COLUMN core.dq_rules.entidad IS 'De qué trata.';
COMMENT ON COLUMN core.dq_rules.severity IS 'error, o warn si solo avisa.';
COMMENT ON COLUMN core.dq_rules.titulo IS 'Qué busca, en una línea.';
COMMENT ON COLUMN core.dq_rules.descripcion IS 'Qué significa que falle.';

COMMENT ON TABLE core.dq_results IS 'El resultado de cada regla cada vez que se corrió.';
COMMENT ON COLUMN core.dq_results.id IS 'Número del resultado.';
COMMENT ON COLUMN core.dq_results.check_name IS 'Regla.';
COMMENT ON COLUMN core.dq_results.schema_name IS 'Esquema de la tabla que revisó.';
COMMENT ON COLUMN core.dq_results.table_name IS 'Tabla que revisó.';
COMMENT ON COLUMN core.dq_results.passed IS 'Si pasó.';
COMMENT ON COLUMN core.dq_results.details IS 'Lo que encontró, en detalle.';
COMMENT ON COLUMN core.dq_results.check_time IS 'Cuándo se corrió.';

COMMENT ON TABLE marts.base_grupos IS 'Sumas y cuentas de cada grupo, de las que sale todo lo demás.';
COMMENT ON COLUMN marts.base_grupos.id_grupo IS 'Grupo.';
COMMENT ON COLUMN marts.base_grupos.periodo IS 'Periodo del grupo.';
COMMENT ON COLUMN marts.base_grupos.id_materia IS 'Materia del grupo.';
COMMENT ON COLUMN marts.base_grupos.id_maestro IS 'Maestro del grupo; nulo si no se conoce.';
COMMENT ON COLUMN marts.base_grupos.inscritos IS 'Inscripciones vigentes.';
COMMENT ON COLUMN marts.base_grupos.bajas IS 'Inscripciones dadas de baja.';
COMMENT ON COLUMN marts.base_grupos.calificaciones IS 'Calificaciones finales.';
COMMENT ON COLUMN marts.base_grupos.aprobados IS 'Calificaciones finales que aprueban.';
COMMENT ON COLUMN marts.base_grupos.suma IS 'Suma exacta de las calificaciones finales.';

COMMENT ON TABLE marts.base_materias IS 'Sumas y cuentas de cada materia en cada periodo.';
COMMENT ON COLUMN marts.base_materias.periodo IS 'Periodo.';
COMMENT ON COLUMN marts.base_materias.id_materia IS 'Materia.';
COMMENT ON COLUMN marts.base_materias.grupos IS 'Grupos de la materia en el periodo.';
COMMENT ON COLUMN marts.base_materias.inscritos IS 'Inscripciones vigentes.';
COMMENT ON COLUMN marts.base_materias.bajas IS 'Inscripciones dadas de baja.';
COMMENT ON COLUMN marts.base_materias.calificaciones IS 'Calificaciones finales.';
COMMENT ON COLUMN marts.base_materias.aprobados IS 'Calificaciones finales que aprueban.';
COMMENT ON COLUMN marts.base_materias.suma IS 'Suma exacta de las calificaciones finales.';

COMMENT ON TABLE marts.base_maestros IS 'Sumas y cuentas de cada maestro en cada periodo.';
COMMENT ON COLUMN marts.base_maestros.periodo IS 'Periodo.';
COMMENT ON COLUMN marts.base_maestros.id_maestro IS 'Maestro.';
COMMENT ON COLUMN marts.base_maestros.grupos IS 'Grupos del maestro en el periodo.';
COMMENT ON COLUMN marts.base_maestros.inscritos IS 'Inscripciones vigentes.';
COMMENT ON COLUMN marts.base_maestros.bajas IS 'Inscripciones dadas de baja.';
COMMENT ON COLUMN marts.base_maestros.calificaciones IS 'Calificaciones finales.';
COMMENT ON COLUMN marts.base_maestros.aprobados IS 'Calificaciones finales que aprueban.';
COMMENT ON COLUMN marts.base_maestros.suma IS 'Suma exacta de las calificaciones finales.';

COMMENT ON TABLE marts.base_riesgo IS 'Los alumnos en riesgo de cada periodo.';
COMMENT ON COLUMN marts.base_riesgo.periodo IS 'Periodo.';
COMMENT ON COLUMN marts.base_riesgo.id_alumno IS 'Alumno.';
COMMENT ON COLUMN marts.base_riesgo.calificaciones IS 'Calificaciones finales que tiene en el periodo.';
COMMENT ON COLUMN marts.base_riesgo.promedio IS 'Su promedio en el periodo, a dos decimales.';

COMMENT ON TABLE marts.parametros IS
    'Los parámetros con que se calcularon los indicadores la última vez; si core.parametros dice otra cosa, se recalcula todo.';
COMMENT ON COLUMN marts.parametros.nombre IS 'Nombre del parámetro.';
COMMENT ON COLUMN marts.parametros.valor IS 'Valor con que se calculó.';

COMMENT ON TABLE marts.refrescos IS 'El último refresco de cada indicador.';
COMMENT ON COLUMN marts.refrescos.mart IS 'Indicador.';
COMMENT ON COLUMN marts.refrescos.refrescado_en IS 'Cuándo se refrescó.';
COMMENT ON COLUMN marts.refrescos.filas IS 'Filas que tiene.';
COMMENT ON COLUMN marts.refrescos.periodos IS 'Periodos que hubo que recalcular.';
COMMENT ON COLUMN marts.refrescos.duracion IS 'Cuánto tardó.';

COMMENT ON COLUMN marts.kpi_grupo.id_grupo IS 'Grupo.';
COMMENT ON COLUMN marts.kpi_grupo.periodo IS 'Periodo del grupo.';
COMMENT ON COLUMN marts.kpi_grupo.materia IS 'Nombre de la materia.';
COMMENT ON COLUMN marts.kpi_grupo.profesor IS 'Nombre del maestro; nulo si no se conoce.';
COMMENT ON COLUMN marts.kpi_grupo.calificaciones IS 'Calificaciones finales del grupo.';
COMMENT ON COLUMN marts.kpi_grupo.aprobados IS
    'Calificaciones finales que alcanzan core.parametros.calificacion_aprobatoria.';
COMMENT ON COLUMN marts.kpi_grupo.reprobados IS 'Calificaciones finales que no la alcanzan.';
COMMENT ON COLUMN marts.kpi_grupo.bajas IS 'Inscripciones dadas de baja.';
COMMENT ON COLUMN marts.kpi_grupo.id_materia IS 'Materia del grupo.';
COMMENT ON COLUMN marts.kpi_grupo.id_maestro IS 'Maestro del grupo; nulo si no se conoce.';

COMMENT ON COLUMN marts.kpi_materia.id_materia IS 'Materia.';
COMMENT ON COLUMN marts.kpi_materia.nombre IS 'Nombre de la materia.';
COMMENT ON COLUMN marts.kpi_materia.calificaciones IS 'Calificaciones finales en todos los periodos.';
COMMENT ON COLUMN marts.kpi_materia.aprobados IS
    'Calificaciones finales que alcanzan core.parametros.calificacion_aprobatoria.';
COMMENT ON COLUMN marts.kpi_materia.reprobados IS 'Calificaciones finales que no la alcanzan.';
COMMENT ON COLUMN marts.kpi_materia.bajas IS 'Inscripciones dadas de baja.';
COMMENT ON COLUMN marts.kpi_materia.grupos IS 'Grupos en que se ha impartido.';

COMMENT ON COLUMN marts.materia_periodo_stats.periodo IS 'Periodo.';
COMMENT ON COLUMN marts.materia_periodo_stats.id_materia IS 'Materia.';
COMMENT ON COLUMN marts.materia_periodo_stats.materia IS 'Nombre de la materia.';
COMMENT ON COLUMN marts.materia_periodo_stats.promedio IS 'Media de las calificaciones finales, 0 a 10, dos decimales.';
COMMENT ON COLUMN marts.materia_periodo_stats.calificaciones IS 'Calificaciones finales de la materia en el periodo.';
COMMENT ON COLUMN marts.materia_periodo_stats.aprobados IS
    'Calificaciones finales que alcanzan core.parametros.calificacion_aprobatoria.';
COMMENT ON COLUMN marts.materia_periodo_stats.reprobados IS 'Calificaciones finales que no la alcanzan.';
COMMENT ON COLUMN marts.materia_periodo_stats.inscritos IS 'Inscripciones vigentes (estado inscrito).';
COMMENT ON COLUMN marts.materia_periodo_stats.bajas IS 'Inscripciones dadas de baja.';
COMMENT ON COLUMN marts.materia_periodo_stats.tasa_baja IS 'Fracción, 0 a 1, de las inscripciones que son baja.';
COMMENT ON COLUMN marts.materia_periodo_stats.grupos IS 'Grupos de la materia en el periodo.';

COMMENT ON COLUMN marts.ranking_maestros.id_maestro IS 'Maestro.';
COMMENT ON COLUMN marts.ranking_maestros.maestro IS 'Nombre del maestro.';
COMMENT ON COLUMN marts.ranking_maestros.promedio IS
    'Media de las calificaciones finales de sus grupos, 0 a 10, dos decimales.';
COMMENT ON COLUMN marts.ranking_maestros.tasa_aprob IS
    'Fracción, 0 a 1, de las calificaciones finales que alcanzan core.parametros.calificacion_aprobatoria.';
COMMENT ON COLUMN marts.ranking_maestros.grupos IS 'Grupos que ha impartido.';

COMMENT ON COLUMN marts.ranking_maestros_periodo.periodo IS 'Periodo.';
COMMENT ON COLUMN marts.ranking_maestros_periodo.id_maestro IS 'Maestro.';
COMMENT ON COLUMN marts.ranking_maestros_periodo.maestro IS 'Nombre del maestro.';
COMMENT ON COLUMN marts.ranking_maestros_periodo.promedio IS
    'Media de las calificaciones finales de sus grupos del periodo, 0 a 10, dos decimales.';
COMMENT ON COLUMN marts.ranking_maestros_periodo.evaluaciones IS 'Calificaciones finales en sus grupos del periodo.';
COMMENT ON COLUMN marts.ranking_maestros_periodo.tasa_aprob IS
    'Fracción, 0 a 1, de las calificaciones finales que alcanzan core.parametros.calificacion_aprobatoria.';
COMMENT ON COLUMN marts.ranking_maestros_periodo.grupos IS 'Grupos que impartió en el periodo.';

COMMENT ON COLUMN marts.alumnos_en_riesgo.periodo IS 'Periodo.';
COMMENT ON COLUMN marts.alumnos_en_riesgo.id_alumno IS 'Alumno.';
COMMENT ON COLUMN marts.alumnos_en_riesgo.nombre IS 'Nombre del alumno.';
COMMENT ON COLUMN marts.alumnos_en_riesgo.promedio IS 'Su promedio en el periodo, redondeado a dos decimales.';
COMMENT ON COLUMN marts.alumnos_en_riesgo.calificaciones IS 'Calificaciones finales que tiene en el periodo.';

COMMENT ON FUNCTION marts.refrescar IS
    'Pone al día todos los indicadores en una sola transacción, recalculando solo los periodos que cambiaron.';
COMMENT ON FUNCTION marts.tomar_periodos IS 'Dice qué periodos hay que recalcular.';
COMMENT ON FUNCTION marts.refrescar_grupos IS
    'Recalcula marts.base_grupos a partir de academico.grupos, academico.inscripciones y academico.calificaciones.';
COMMENT ON FUNCTION marts.refrescar_materias IS 'Suma marts.base_grupos por materia y refresca marts.kpi_materia.';
COMMENT ON FUNCTION marts.refrescar_maestros IS 'Suma marts.base_grupos por maestro.';
COMMENT ON FUNCTION marts.refrescar_riesgo IS 'Recalcula marts.base_riesgo a partir de academico.calificaciones.';
COMMENT ON FUNCTION marts.por_periodo IS 'Arma una consulta que lee una partición por periodo.';
COMMENT ON FUNCTION marts.promedio IS 'Promedio a dos decimales; nulo si no hay calificaciones.';
COMMENT ON FUNCTION marts.tasa IS 'Fracción a cuatro decimales; nula si no hay de qué.';

COMMENT ON COLUMN core.dq_rules.tabla IS 'Tabla de la que trata.';
COMMENT ON COLUMN core.dq_rules.importa IS 'Cuándo importa que falle.';
COMMENT ON COLUMN core.dq_rules.remedio IS 'Cómo se corrige.';
COMMENT ON COLUMN core.dq_rules.umbral IS 'Cuántas filas, o qué porcentaje, pueden fallar sin que la regla falle.';
COMMENT ON COLUMN core.dq_rules.propia IS 'Si es de la escuela y no de las que trae academico.';
COMMENT ON COLUMN core.dq_rules.consulta IS 'La consulta que devuelve lo que falla.';
COMMENT ON COLUMN core.dq_rules.cambiada_en IS 'Cuándo se vio por última vez nueva o distinta.';

COMMENT ON COLUMN core.dq_results.run IS 'Corrida de reglas; nula si lo encontró la compuerta de un lote.';
COMMENT ON COLUMN core.dq_results.severity IS 'Severidad de la regla al correrla.';
COMMENT ON COLUMN core.dq_results.status IS 'passed, failed, o error si la regla misma no se pudo correr.';
COMMENT ON COLUMN core.dq_results.failed_rows IS 'Filas que fallan.';
COMMENT ON COLUMN core.dq_results.total_rows IS 'Filas que se revisaron.';
COMMENT ON COLUMN core.dq_results.new_rows IS 'Filas que fallan y no fallaban la vez anterior.';
COMMENT ON COLUMN core.dq_results.sample IS 'Algunas de las llaves que fallan.';
COMMENT ON COLUMN core.dq_results.causes IS 'Qué padre, lote o remitente explica la mayor parte.';
COMMENT ON COLUMN core.dq_results.seconds IS 'Segundos que tardó.';

COMMENT ON TABLE core.dq_runs IS 'Una fila por cada vez que se corren las reglas.';
COMMENT ON COLUMN core.dq_runs.run IS 'Número de la corrida.';
COMMENT ON COLUMN core.dq_runs.comando IS 'Comando que la inició.';
COMMENT ON COLUMN core.dq_runs.started_at IS 'Cuándo empezó.';
COMMENT ON COLUMN core.dq_runs.finished_at IS 'Cuándo terminó; nulo mientras corre o si la mataron.';
COMMENT ON COLUMN core.dq_runs.status IS 'running, passed, failed o error.';
COMMENT ON COLUMN core.dq_runs.rules IS 'Reglas que corrió.';
COMMENT ON COLUMN core.dq_runs.failed IS 'Reglas que fallaron.';
COMMENT ON COLUMN core.dq_runs.errors IS 'Reglas que no se pudieron correr.';

COMMENT ON TABLE core.dq_fallos IS 'Lo que falla ahora, para saber la próxima vez qué es nuevo.';
COMMENT ON COLUMN core.dq_fallos.regla IS 'Regla.';
COMMENT ON COLUMN core.dq_fallos.huella IS 'Huella de la llave que falla: no dice de quién es.';
COMMENT ON COLUMN core.dq_fallos.desde_run IS 'Corrida en que se vio por primera vez.';

COMMENT ON TABLE core.borrados IS
    'Cada borrado de los datos de una persona: cuándo, quién, por qué y cuánto. De quién eran no está aquí.';
COMMENT ON COLUMN core.borrados.id IS 'Número del borrado.';
COMMENT ON COLUMN core.borrados.quien IS 'alumno o maestro.';
COMMENT ON COLUMN core.borrados.compromiso IS
    'Huella del recibo que se entregó: solo quien lo tiene puede probar de quién fue.';
COMMENT ON COLUMN core.borrados.motivo IS 'Motivo que se dio; nulo si no se dio ninguno.';
COMMENT ON COLUMN core.borrados.actor IS 'Usuario de la base de datos que lo hizo.';
COMMENT ON COLUMN core.borrados.borrado_en IS 'Cuándo se hizo.';
COMMENT ON COLUMN core.borrados.filas IS 'Cuántas filas o eventos se borraron de cada tabla.';

COMMENT ON TABLE core.retenciones IS
    'Cada mes que se retiró de raw por antigüedad, para distinguir lo que se quitó de lo que falta.';
COMMENT ON COLUMN core.retenciones.mes IS 'Primer día del mes retirado.';
COMMENT ON COLUMN core.retenciones.mensajes IS 'Mensajes que se retiraron.';
COMMENT ON COLUMN core.retenciones.bytes IS 'Bytes que ocupaban sus cuerpos.';
COMMENT ON COLUMN core.retenciones.conflictos IS 'Mensajes en conflicto que se retiraron.';
COMMENT ON COLUMN core.retenciones.rechazos IS 'Rechazos cerrados de ese mes cuyos cuerpos se quitaron.';
COMMENT ON COLUMN core.retenciones.lote_desde IS 'Primer lote del mes.';
COMMENT ON COLUMN core.retenciones.lote_hasta IS 'Último lote del mes.';
COMMENT ON COLUMN core.retenciones.huella IS 'Huella de todo lo retirado, para compararlo con un respaldo.';
COMMENT ON COLUMN core.retenciones.meses IS 'Cuántos meses anteriores al actual se debían conservar.';
COMMENT ON COLUMN core.retenciones.actor IS 'Usuario de la base de datos que lo hizo.';
COMMENT ON COLUMN core.retenciones.aplicada_en IS 'Cuándo se hizo.';
