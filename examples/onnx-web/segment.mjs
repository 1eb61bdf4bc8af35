// Clothes, skin and hair of a photo by a model that swatchkit.export_onnx wrote. docs/weights.md
// describes the steps. No function here needs a browser.

// Where a photo lies on the canvas of which it covers the most. canvases: [[height, width], ...].
export function fit(width, height, canvases) {
  const places = canvases.map(([canvasHeight, canvasWidth]) => {
    const scale = Math.min(canvasWidth / width, canvasHeight / height)
    const w = Math.max(1, Math.floor(width * scale + 0.5))
    const h = Math.max(1, Math.floor(height * scale + 0.5))
    return {
      canvasWidth, canvasHeight, width: w, height: h,
      left: (canvasWidth - w) >> 1, top: (canvasHeight - h) >> 1,
      share: w * h / (canvasWidth * canvasHeight)
    }
  })
  return places.reduce((best, place) => place.share > best.share ? place : best)
}

// The network's input, (1, 3, canvasHeight, canvasWidth), of the photo scaled to the place's size.
// rgba: (height, width, 4) bytes, opaque.
export function input(rgba, place) {
  const plane = place.canvasWidth * place.canvasHeight
  const numbers = new Float32Array(3 * plane)
  for (let y = 0; y < place.height; y++)
    for (let x = 0; x < place.width; x++)
      for (let c = 0; c < 3; c++)
        numbers[c * plane + (place.top + y) * place.canvasWidth + place.left + x] =
          rgba[4 * (y * place.width + x) + c] / 127.5 - 1
  return numbers
}

// The likeliest class of each pixel of the scaled photo, (height, width).
export function labels(scores, classes, place) {
  const plane = place.canvasWidth * place.canvasHeight
  const best = new Uint8Array(place.width * place.height)
  for (let y = 0; y < place.height; y++)
    for (let x = 0; x < place.width; x++) {
      const at = (place.top + y) * place.canvasWidth + place.left + x
      let top = 0
      for (let k = 1; k < classes; k++)
        if (scores[k * plane + at] > scores[top * plane + at]) top = k
      best[y * place.width + x] = top
    }
  return best
}
