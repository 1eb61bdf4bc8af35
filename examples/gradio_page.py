"""A page to drop a photo on: pip install swatchkit gradio pillow, then run this file."""

import io

import gradio
import PIL.Image

import swatchkit


def look(photo):
    try:
        result = swatchkit.extract(photo, name="photo")
    except swatchkit.Error as error:
        raise gradio.Error(str(error)) from error
    return PIL.Image.open(io.BytesIO(result.card())), result.to_dict()


page = gradio.Interface(look, gradio.Image(type="pil"), [gradio.Image(), gradio.JSON()])
if __name__ == "__main__":
    page.launch()
