"""A report as DICOM objects of one study: waveforms, encapsulated PDF, structured report."""

from ecg_core.report.dicom.encapsulated import encapsulated_pdf
from ecg_core.report.dicom.study import StudyObject, study_objects

__all__ = ["StudyObject", "encapsulated_pdf", "study_objects"]
