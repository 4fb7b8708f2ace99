"""Inference against PyTorch, ONNX Runtime and OpenVINO: same networks, same weights, same input, in turn."""
