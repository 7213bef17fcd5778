"""The invented school's fixed lists: names of nobody in particular, and its study plan."""

from typing import NamedTuple


class PlanMateria(NamedTuple):
    """A subject of the plan."""

    nombre: str
    area: str
    creditos: int
    dificultad: float
    """Points that it takes from a grade; negative for an easy one."""
    requisito: int | None
    """Position in the plan of the subject that must be passed before."""


_MAT, _CIE, _COM, _ING, _ADM, _HUM, _IDI = AREAS = (
    "Matemáticas", "Ciencias", "Computación", "Ingeniería",
    "Administración", "Humanidades", "Idiomas",
)  # fmt: skip

POR_SEMESTRE = 5

PLAN = tuple(
    PlanMateria(*fields)
    for fields in (
        ("Álgebra Lineal", _MAT, 6, 0.9, None),
        ("Cálculo Diferencial", _MAT, 6, 1.2, None),
        ("Química General", _CIE, 5, 0.5, None),
        ("Fundamentos de Programación", _COM, 6, 0.4, None),
        ("Comunicación Escrita", _HUM, 3, -0.7, None),
        ("Cálculo Integral", _MAT, 6, 1.3, 1),
        ("Física I", _CIE, 6, 1.1, 1),
        ("Programación Orientada a Objetos", _COM, 6, 0.3, 3),
        ("Probabilidad", _MAT, 5, 0.8, 0),
        ("Inglés I", _IDI, 3, -0.8, None),
        ("Cálculo Vectorial", _MAT, 6, 1.4, 5),
        ("Física II", _CIE, 6, 1.2, 6),
        ("Estructuras de Datos", _COM, 6, 0.8, 7),
        ("Estadística Aplicada", _MAT, 5, 0.5, 8),
        ("Inglés II", _IDI, 3, -0.6, 9),
        ("Ecuaciones Diferenciales", _MAT, 6, 1.3, 10),
        ("Electrónica Digital", _ING, 5, 0.6, 11),
        ("Bases de Datos", _COM, 6, 0.1, 12),
        ("Métodos Numéricos", _MAT, 5, 0.7, 5),
        ("Ética Profesional", _HUM, 3, -1.0, None),
        ("Sistemas Operativos", _COM, 6, 0.6, 12),
        ("Arquitectura de Computadoras", _ING, 6, 0.7, 16),
        ("Análisis de Algoritmos", _COM, 6, 1.0, 12),
        ("Investigación de Operaciones", _MAT, 5, 0.5, 13),
        ("Economía", _ADM, 4, 0.0, None),
        ("Redes de Computadoras", _ING, 6, 0.4, 20),
        ("Ingeniería de Software", _COM, 6, -0.1, 17),
        ("Teoría de la Computación", _COM, 5, 1.1, 22),
        ("Señales y Sistemas", _ING, 6, 1.2, 15),
        ("Contabilidad y Costos", _ADM, 4, 0.1, 24),
        ("Inteligencia Artificial", _COM, 6, 0.5, 22),
        ("Seguridad Informática", _COM, 5, 0.2, 25),
        ("Sistemas Distribuidos", _COM, 6, 0.7, 25),
        ("Formulación de Proyectos", _ADM, 4, -0.3, 29),
        ("Minería de Datos", _COM, 5, 0.3, 13),
        ("Aprendizaje Automático", _COM, 6, 0.6, 30),
        ("Cómputo en la Nube", _COM, 5, -0.1, 32),
        ("Administración de Proyectos", _ADM, 4, -0.4, 33),
        ("Seminario de Titulación", _HUM, 4, -0.5, None),
        ("Práctica Profesional", _ING, 8, -0.9, None),
    )
)
"""Eight semesters of five subjects, in order; a requisite stands before what needs it."""


class Rubro(NamedTuple):
    """One partial evaluation of a scheme."""

    nombre: str
    peso: int
    """Share of the final grade in percent."""
    turno: int
    """Which exam week it belongs to."""
    desvio: float
    """Points above or below the student's level."""


ESQUEMAS = (
    (
        Rubro("Parcial 1", 30, 0, 0.0),
        Rubro("Parcial 2", 30, 2, -0.1),
        Rubro("Examen final", 40, 4, -0.3),
    ),
    (
        Rubro("Parcial 1", 25, 0, 0.0),
        Rubro("Parcial 2", 25, 1, -0.1),
        Rubro("Proyecto", 20, 3, 0.5),
        Rubro("Examen final", 30, 4, -0.3),
    ),
    (
        Rubro("Tareas", 10, 0, 0.6),
        Rubro("Parcial 1", 20, 1, 0.0),
        Rubro("Parcial 2", 20, 2, -0.1),
        Rubro("Proyecto", 20, 3, 0.4),
        Rubro("Examen final", 30, 4, -0.3),
    ),
)
"""Ways to grade a group; the weights of each add up to 100."""

NOMBRES_F = tuple(
    "Abril Adriana Alejandra Alicia Alondra Ana Andrea Ángela Araceli Beatriz Brenda Camila Carmen "
    "Carolina Cecilia Citlali Clara Claudia Cristina Daniela Diana Elena Elisa Esmeralda Estela "
    "Fátima Fernanda Gabriela Gloria Guadalupe Inés Irene Itzel Ivonne Jimena Josefina Juana Julia "
    "Karina Laura Leticia Lorena Lucía Luisa Marcela Margarita María Mariana Marisol Martha Mónica "
    "Natalia Nayeli Noemí Norma Paola Patricia Paulina Raquel Regina Renata Rocío Rosa Sandra Sara "
    "Silvia Sofía Susana Teresa Valeria Vanessa Verónica Victoria Ximena Yolanda Zoe".split()
)
NOMBRES_M = tuple(
    "Abraham Adrián Agustín Alan Alberto Alejandro Alfonso Álvaro Andrés Ángel Antonio Arturo "
    "Benjamín Bruno Carlos César Cristian Daniel David Diego Eduardo Emiliano Emilio Enrique "
    "Ernesto Esteban Federico Felipe Fernando Francisco Gabriel Gael Gerardo Gilberto Gonzalo "
    "Guillermo Gustavo Héctor Hugo Ignacio Isaac Iván Jaime Javier Jesús Joaquín Joel Jorge José "
    "Juan Julián Leonardo Lorenzo Luis Manuel Marcos Mario Martín Mateo Mauricio Miguel Nicolás "
    "Óscar Pablo Pedro Rafael Ramiro Raúl Ricardo Roberto Rodrigo Rubén Salvador Samuel Santiago "
    "Saúl Sebastián Sergio Tomás Ulises Vicente Víctor".split()
)
APELLIDOS = tuple(
    "Acosta Aguilar Aguirre Alarcón Alvarado Álvarez Arellano Arroyo Ávila Ayala Bautista Beltrán "
    "Bravo Bustos Cabrera Calderón Campos Cano Cárdenas Carrillo Castañeda Castillo Castro "
    "Cervantes Chávez Contreras Córdova Corona Cortés Cruz Delgado Díaz Domínguez Duarte Enríquez "
    "Escobar Espinoza Estrada Fernández Figueroa Flores Franco Fuentes Galindo Gallegos Galván "
    "García Garza Gómez González Guerrero Gutiérrez Guzmán Hernández Herrera Huerta Ibarra Jiménez "
    "Juárez Lara León López Luna Macías Maldonado Márquez Martínez Medina Mejía Méndez Mendoza "
    "Meza Miranda Molina Montes Montoya Mora Morales Moreno Muñoz Nava Navarro Núñez Ochoa Olvera "
    "Orozco Ortega Ortiz Pacheco Padilla Palacios Peña Peralta Pérez Ponce Quintero Ramírez Ramos "
    "Reyes Ríos Rivas Rivera Robles Rocha Rodríguez Rojas Romero Rosales Rosas Rubio Ruiz Salas "
    "Salazar Salgado Salinas Sánchez Sandoval Santana Santos Serrano Silva Solís Soto Suárez Tapia "
    "Téllez Torres Trejo Trujillo Valdez Valencia Valenzuela Vargas Vázquez Vega Velasco Velázquez "
    "Vera Villa Villanueva Villarreal Zamora Zapata Zavala Zúñiga".split()
)
